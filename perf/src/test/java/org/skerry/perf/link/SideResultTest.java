package org.skerry.perf.link;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class SideResultTest
{
    @Test
    void shouldComeOverTheControlChannelAsItWas()
    {
        final Histogram rttNs = new Histogram(SideResult.MAX_RTT_NS, SideResult.RTT_DIGITS);
        rttNs.recordValue(170);
        rttNs.recordValue(40_000);
        final SideResult sent = new SideResult(7, 1, 2000, 3, new long[]{52_000, 55_500}, rttNs);

        final SideResult received = SideResult.parse(sent.format());

        assertEquals(7, received.messageCount());
        assertEquals(1, received.errorCount());
        assertEquals(2000, received.cpuNs());
        assertEquals(3, received.bellCount());
        assertArrayEquals(sent.slicesPs(), received.slicesPs());
        assertEquals(rttNs, received.rttNs());
    }

    @Test
    void shouldComeOverTheControlChannelWithoutSlices()
    {
        final Histogram none = new Histogram(SideResult.MAX_RTT_NS, SideResult.RTT_DIGITS);

        assertEquals(0, SideResult.parse(new SideResult(0, 0, 0, 0, new long[0], none).format()).slicesPs().length);
    }

    @Test
    void shouldRefuseOtherWords()
    {
        assertThrows(IllegalArgumentException.class, () -> SideResult.parse("connected"));
        assertThrows(IllegalArgumentException.class, () -> RunSpec.parse("walk ONE_WAY 0 1 1"));
    }

    @Test
    void shouldCarryARun()
    {
        final RunSpec spec = new RunSpec(RunMode.REQUEST_RESPONSE, 8, 250_000_000, 50_000);

        assertEquals(spec, RunSpec.parse(spec.format()));
    }
}
