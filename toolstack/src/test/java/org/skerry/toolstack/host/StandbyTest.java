package org.skerry.toolstack.host;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class StandbyTest
{
    @Test
    void shouldBeStartedWhenItIsWantedAndTheMachineHasTimeForIt()
    {
        assertEquals(4, Standby.delaySeconds(null, false));
        assertEquals(0, Standby.delaySeconds("0", false));
        assertEquals(-1, Standby.delaySeconds("no", false));
        assertEquals(-1, Standby.delaySeconds("0", true));
        assertEquals(4, Standby.delaySeconds("soon", false));
    }
}
