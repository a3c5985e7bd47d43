package org.skerry.guest;

import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Hypercalls;

/**
 * Keeps the memory of this domain at what Domain-0 writes into {@code memory/target}, KiB: gives free frames back to
 * the host, or asks it for more, a batch at each turn of the loop. What it cannot give or get now it tries again later.
 *
 * <p>Spec: docs/misc/xenstore-paths, memory/target.
 */
public final class Balloon
{
    /** Frames that it leaves free: devices that come later need some. */
    public static final int RESERVED_FRAMES = 256;

    private static final String TARGET = "memory/target";
    private static final int FRAME_KB = Hypercalls.PAGE_SIZE / 1024;
    private static final long RETRY_NS = 1_000_000_000;

    private final DomainMemory memory;
    private final Reservation reservation;
    private final EventLoop loop;
    private EventLoop.Timer timer;
    private int target;

    Balloon(final DomainMemory memory, final Reservation reservation, final EventLoop loop)
    {
        this.memory = memory;
        this.reservation = reservation;
        this.loop = loop;
        this.target = memory.populatedFrames();
    }

    /**
     * Follow the target from now on. A domain that may not see it stays as it is.
     *
     * @param store of this domain; tells its watches on the loop.
     */
    public void follow(final XenstoreClient store)
    {
        try
        {
            store.watch(TARGET, path -> onTarget(store));
        }
        catch (final XenstoreException e)
        {
            System.err.println("no balloon: " + TARGET + ": " + e.getMessage());
        }
    }

    private void onTarget(final XenstoreClient store)
    {
        try
        {
            final String value = store.read(TARGET);
            if (value != null && value.matches("[0-9]{1,15}"))
            {
                target = (int)Math.min(memory.frameCount(), Long.parseLong(value) / FRAME_KB);
                step();
            }
        }
        catch (final XenstoreException e)
        {
            System.err.println("balloon: " + TARGET + ": " + e.getMessage());
        }
    }

    private void step()
    {
        if (timer != null)
        {
            timer.cancel();
            timer = null;
        }
        final int missing = target - memory.populatedFrames();
        final int spare = memory.freeFrameCount() - RESERVED_FRAMES;
        int done = 0;
        if (missing > 0)
        {
            done = memory.deflate(Math.min(missing, Hypercalls.MAX_WINDOW_BATCH), reservation::populate);
        }
        else if (missing < 0 && spare > 0)
        {
            done = memory.inflate(
                Math.min(Math.min(-missing, spare), Hypercalls.MAX_WINDOW_BATCH), reservation::decrease);
        }
        if (memory.populatedFrames() != target)
        {
            timer = loop.schedule(done > 0 ? 0 : RETRY_NS, this::step);
        }
    }
}
