package org.skerry.tests.sim;

import org.agrona.concurrent.NanoClock;

/** Time that passes only when the machine says so. */
final class VirtualClock implements NanoClock
{
    private long nowNs;

    @Override
    public long nanoTime()
    {
        return nowNs;
    }

    void advance(final long ns)
    {
        nowNs += ns;
    }
}
