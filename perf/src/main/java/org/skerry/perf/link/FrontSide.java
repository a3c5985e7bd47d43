package org.skerry.perf.link;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;
import org.skerry.wire.linux.Time;

/**
 * The loop around the front half of a link. The last request of a run is a flush; it tells the back to stop.
 */
public final class FrontSide
{
    private static final int RESPONSE_LIMIT = 64;
    private static final int ONE_WAY_BATCH = 8;
    private static final int LOOK_MASK = 15;            // the clock is looked at every 16 messages
    private static final int ONE_WAY_LOOK_MASK = 255;

    private final FrontLink link;
    private final BlkifTraffic traffic = new BlkifTraffic();
    private final SliceRecorder slices = new SliceRecorder();
    private final Histogram rttNs = new Histogram(SideResult.MAX_RTT_NS, SideResult.RTT_DIGITS);
    private final MessageHandler onResponse = this::onResponse;
    private long deadlineNs;
    private long nextId;
    private long expectedId;
    private long errorCount;
    private long sampledId;
    private long sampleStartNs;
    private boolean isExpired;
    private boolean isLastSent;

    /**
     * @param link the calling thread's.
     */
    public FrontSide(final FrontLink link)
    {
        this.link = link;
    }

    /**
     * Do one run.
     *
     * @param spec of the run.
     * @return what this half found.
     */
    public SideResult run(final RunSpec spec)
    {
        link.begin(spec);
        nextId = 0;
        expectedId = 0;
        errorCount = 0;
        sampledId = -1;
        isExpired = false;
        isLastSent = false;
        rttNs.reset();

        final long cpuStartNs = Time.threadCpuTimeNs();
        final long startNs = System.nanoTime();
        deadlineNs = startNs + spec.durationNs();
        slices.begin(startNs);
        if (spec.mode() == RunMode.ONE_WAY)
        {
            while (!isLastSent)
            {
                await(sendBatch());
            }
            while (!link.isSettled())
            {
                link.idle();
            }
        }
        else
        {
            while (!isLastSent || expectedId != nextId)
            {
                await(askAndListen(spec.window()));
            }
        }
        final long cpuNs = Time.threadCpuTimeNs() - cpuStartNs;

        return new SideResult(nextId, errorCount, cpuNs, link.bellCount(), slices.slicesPs(), rttNs);
    }

    private void await(final int workCount)
    {
        if (workCount == 0)
        {
            link.idle();
        }
        else
        {
            link.busy();
        }
    }

    private int sendBatch()
    {
        int count = 0;
        while (count < ONE_WAY_BATCH && !isLastSent && offer())
        {
            count++;
            if ((nextId & ONE_WAY_LOOK_MASK) == 0)
            {
                isExpired = System.nanoTime() - deadlineNs >= 0;
            }
        }
        if (count > 0)
        {
            link.flush();
        }

        return count;
    }

    private int askAndListen(final int window)
    {
        int count = 0;
        while (nextId - expectedId < window && !isLastSent && offer())
        {
            count++;
            if (sampledId < 0 && (nextId & LOOK_MASK) == 0)
            {
                sampledId = nextId - 1;
                sampleStartNs = System.nanoTime();
            }
        }
        if (count > 0)
        {
            link.flush();
        }

        return count + link.poll(onResponse, RESPONSE_LIMIT);
    }

    private boolean offer()
    {
        if (!link.offer(nextId, isExpired ? Blkif.BLKIF_OP_FLUSH_DISKCACHE : Blkif.BLKIF_OP_WRITE))
        {
            return false;
        }
        nextId++;
        isLastSent = isExpired;

        return true;
    }

    private void onResponse(final UnsafeBuffer buffer, final int offset)
    {
        if (!traffic.decodeResponse(buffer, offset) || traffic.id() != expectedId)
        {
            errorCount++;
        }
        if (expectedId == sampledId)
        {
            rttNs.recordValue(Math.min(System.nanoTime() - sampleStartNs, SideResult.MAX_RTT_NS));
            sampledId = -1;
        }
        expectedId++;
        if ((expectedId & LOOK_MASK) == 0)
        {
            final long nowNs = System.nanoTime();
            slices.onMessages(LOOK_MASK + 1, nowNs);
            isExpired = nowNs - deadlineNs >= 0;
        }
    }
}
