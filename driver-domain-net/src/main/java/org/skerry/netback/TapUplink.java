package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Joins one vif to one TAP: no switch in between, the host's bridge is the switch. What the guest sends is written to
 * the TAP; what the host sends is read straight into the vif's queue. While that is full, or no guest is there, nothing
 * is read, and frames wait, or are dropped and counted, in the TAP's own bounded queue.
 */
final class TapUplink implements Uplink
{
    /** Frames read in one turn. */
    static final int READ_LIMIT = 64;
    /** Frames thrown away when a guest connects: more than Linux keeps for a TAP. */
    private static final int STALE_LIMIT = 2048;

    private final TapDevice tap;
    private VifQueue vif;
    private boolean isWatched;
    private long readErrors;
    private long writeErrors;

    TapUplink(final TapDevice tap)
    {
        this.tap = tap;
    }

    /**
     * A guest is there. What was sent before it came is thrown away.
     *
     * @param newVif whose frames these are.
     */
    void plug(final VifQueue newVif)
    {
        final RxQueue queue = newVif.rxQueue();
        final int scratch = queue.claim(newVif.maxFrameLength());
        for (int i = 0; i < STALE_LIMIT; i++)
        {
            if (tap.read(queue.buffer().addressOffset() + scratch, newVif.maxFrameLength()) < 0)
            {
                break;
            }
        }

        vif = newVif;
        onRoom();
    }

    /** The guest is gone. */
    void unplug()
    {
        vif = null;
        pause();
    }

    @Override
    public boolean send(final UnsafeBuffer buffer, final int offset, final int length)
    {
        final boolean isTaken = tap.write(buffer.addressOffset() + offset, length) == length;
        writeErrors += isTaken ? 0 : 1;
        return isTaken;
    }

    /** Read what is there and fits. To be called when the TAP can be read. @return how many frames. */
    int poll()
    {
        int workCount = 0;
        while (isWatched && workCount < READ_LIMIT)
        {
            // One byte more than allowed, so that a frame that was cut off is known by its length.
            final RxQueue queue = vif.rxQueue();
            final int offset = queue.claim(vif.maxFrameLength() + 1);
            if (offset == RxQueue.FULL)
            {
                pause();
                return workCount;
            }

            final long length = tap.read(queue.buffer().addressOffset() + offset, vif.maxFrameLength() + 1);
            if (length < EthernetFrame.HEADER_LENGTH)
            {
                readErrors += length < 0 ? 0 : 1;
                return workCount;
            }
            if (vif.isTooLong((int)length))
            {
                vif.counters().rxDropped++;
            }
            else
            {
                vif.push(offset, (int)length);
            }
            workCount++;
        }

        return workCount;
    }

    @Override
    public void onRoom()
    {
        if (!isWatched && vif != null)
        {
            isWatched = true;
            tap.watch(this::poll);
        }
    }

    /** @return whether the TAP is watched: a guest is there and its queue had room. */
    boolean isWatched()
    {
        return isWatched;
    }

    /** @return frames that the host did not take: the TAP is down. */
    long writeErrors()
    {
        return writeErrors;
    }

    /** @return frames that were none. */
    long readErrors()
    {
        return readErrors;
    }

    void close()
    {
        unplug();
        tap.close();
    }

    private void pause()
    {
        if (isWatched)
        {
            isWatched = false;
            tap.unwatch();
        }
    }
}
