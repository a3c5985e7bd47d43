package org.skerry.guest.event;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SpuriousEventsTest
{
    private final SpuriousEvents events = new SpuriousEvents();

    @Test
    void shouldHearAFewThenDelayLongerAndLongerUpToAnEnd()
    {
        for (int i = 0; i < SpuriousEvents.FREE; i++)
        {
            assertEquals(0, events.onHandled(false, 0));
        }
        for (final int expectedMs : new int[]{1, 2, 4, 8, 16, 16, 16})
        {
            assertEquals(TimeUnit.MILLISECONDS.toNanos(expectedMs), events.onHandled(false, 0));
        }
    }

    @Test
    void shouldNeverDelayWhoBringsWorkEverySecondTime()
    {
        for (int i = 0; i < 10_000; i++)
        {
            assertEquals(0, events.onHandled(i % 2 == 0, 0));
        }
    }

    @Test
    void shouldNotLetWorkNowAndThenPayForAFlood()
    {
        int delayed = 0;
        for (int i = 1; i <= 10_000; i++)
        {
            delayed += events.onHandled(i % 32 == 0, 0) > 0 ? 1 : 0;
        }
        assertTrue(delayed > 4000, "delayed=" + delayed);
    }

    @Test
    void shouldForgetWithTime()
    {
        long nowNs = 0;
        for (int i = 0; i < 100; i++)
        {
            events.onHandled(false, nowNs);
        }
        nowNs += 100 * SpuriousEvents.FORGIVEN_NS;
        for (int i = 0; i < 1000; i++)
        {
            nowNs += SpuriousEvents.FORGIVEN_NS;
            assertEquals(0, events.onHandled(false, nowNs), "rare ones are nobody's business");
        }
    }

    @Test
    void shouldHoldAFloodDownToAFewEventsASecond()
    {
        long nowNs = 0;
        int heard = 0;
        for (; nowNs < TimeUnit.SECONDS.toNanos(10); heard++)
        {
            nowNs += 1000 + events.onHandled(false, nowNs);
        }
        assertTrue(heard < 200 * 10, "heard=" + heard);
    }
}
