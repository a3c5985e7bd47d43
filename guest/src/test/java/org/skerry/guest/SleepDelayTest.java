package org.skerry.guest;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class SleepDelayTest
{
    @Test
    void shouldLookOnlyAfterAShortWait()
    {
        final SleepDelay delay = new SleepDelay(10_000);
        assertEquals(0, delay.ns());

        delay.waited(10_000);
        assertEquals(10_000, delay.ns());

        delay.waited(10_001);
        assertEquals(0, delay.ns());
    }

    @Test
    void shouldNotLookWithoutALimit()
    {
        final SleepDelay delay = new SleepDelay(0);
        delay.waited(0);
        assertEquals(0, delay.ns());
    }
}
