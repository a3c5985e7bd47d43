package org.skerry.perf.link;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;
import org.skerry.wire.linux.Time;

/**
 * The loop around the back half of a link. A flush ends the run.
 */
public final class BackSide
{
    private static final int REQUEST_LIMIT = 64;
    private static final int LOOK_MASK = 127;           // the clock is looked at every 128 messages

    private final BackLink link;
    private final BlkifTraffic traffic = new BlkifTraffic();
    private final SliceRecorder slices = new SliceRecorder();
    private final Histogram noRtt = new Histogram(SideResult.MAX_RTT_NS, SideResult.RTT_DIGITS);
    private final MessageHandler onRequest = this::onRequest;
    private boolean isOneWay;
    private boolean isFinished;
    private long expectedId;
    private long errorCount;
    private long cpuStartNs;

    /**
     * @param link the calling thread's.
     */
    public BackSide(final BackLink link)
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
        isOneWay = spec.mode() == RunMode.ONE_WAY;
        isFinished = false;
        expectedId = 0;
        errorCount = 0;
        while (!isFinished)
        {
            if (link.poll(onRequest, REQUEST_LIMIT) > 0)
            {
                link.flush();
                link.busy();
            }
            else
            {
                link.idle();
            }
        }
        final long cpuNs = Time.threadCpuTimeNs() - cpuStartNs;

        return new SideResult(
            expectedId, errorCount, cpuNs, link.bellCount(), isOneWay ? slices.slicesPs() : new long[0], noRtt);
    }

    private void onRequest(final UnsafeBuffer buffer, final int offset)
    {
        if (expectedId == 0)
        {
            cpuStartNs = Time.threadCpuTimeNs();        // what went by before the front began is not the link's
            slices.begin(System.nanoTime());
        }
        if (!traffic.decodeRequest(buffer, offset) || traffic.id() != expectedId)
        {
            errorCount++;
        }
        expectedId++;
        isFinished = traffic.operation() == Blkif.BLKIF_OP_FLUSH_DISKCACHE;

        if (isOneWay)
        {
            link.release(traffic);
            if ((expectedId & LOOK_MASK) == 0)
            {
                slices.onMessages(LOOK_MASK + 1, System.nanoTime());
            }
        }
        else
        {
            while (!link.answer(traffic))
            {
                link.flush();
                link.idle();
            }
        }
    }
}
