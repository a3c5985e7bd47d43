package org.skerry.console;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TurnAllowanceTest
{
    private final TurnAllowance allowance = new TurnAllowance();

    @ParameterizedTest
    @ValueSource(longs = { 0, -1_000_000, Long.MAX_VALUE - 1000 })
    void shouldGiveABurstAndThenOneTurnAnInterval(final long startNs)
    {
        for (int i = 0; i < TurnAllowance.BURST; i++)
        {
            assertEquals(0, allowance.delayNs(startNs));
            assertTrue(allowance.take(startNs));
        }

        assertFalse(allowance.take(startNs));
        assertEquals(TurnAllowance.INTERVAL_NS, allowance.delayNs(startNs));
        assertFalse(allowance.take(startNs + TurnAllowance.INTERVAL_NS - 1));
        assertTrue(allowance.take(startNs + TurnAllowance.INTERVAL_NS));
        assertFalse(allowance.take(startNs + TurnAllowance.INTERVAL_NS));
    }

    @Test
    void shouldNotSaveMoreThanABurst()
    {
        allowance.take(0);
        int turns = 0;

        while (allowance.take(3_600_000_000_000L))
        {
            turns++;
        }

        assertEquals(TurnAllowance.BURST, turns);
    }
}
