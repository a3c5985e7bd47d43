package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Joins one vif to one TAP: no switch in between, the host's bridge is the switch. What the guest sends is written to the
 * TAP; what the host sends is read straight into the vif's queue. While the queue is full nothing is read, and frames
 * wait, or are dropped and counted, in the host's own bounded queue.
 */
final class TapUplink implements Uplink
{
    /** Frames read in one turn. */
    static final int READ_LIMIT = 64;

    private final TapDevice tap;
    private VifQueue vif;
    private boolean isReadable = true;
    private long readErrors;
    private long writeErrors;

    TapUplink(final TapDevice tap)
    {
        this.tap = tap;
    }

    /** Say whose frames these are, or null while the vif is not connected. */
    void plug(final VifQueue newVif)
    {
        vif = newVif;
    }

    /** The TAP has something to read. */
    void onReadable()
    {
        isReadable = true;
    }

    /** @return whether frames may be there to be read. While not, the owner watches the TAP. */
    boolean isReadable()
    {
        return isReadable;
    }

    @Override
    public boolean send(final UnsafeBuffer buffer, final int offset, final int length)
    {
        final boolean isTaken = tap.write(buffer.addressOffset() + offset, length) == length;
        writeErrors += isTaken ? 0 : 1;
        return isTaken;
    }

    /** Read what is there and fits. @return how many frames. */
    int poll()
    {
        int workCount = 0;
        while (isReadable && workCount < READ_LIMIT)
        {
            if (vif == null)
            {
                return workCount;
            }

            // One byte more than allowed, so that a frame that was cut off is known by its length.
            final RxQueue queue = vif.rxQueue();
            final int offset = queue.claim(vif.maxFrameLength() + 1);
            if (offset == RxQueue.FULL)
            {
                return workCount;
            }

            final long length = tap.read(queue.buffer().addressOffset() + offset, vif.maxFrameLength() + 1);
            if (length < EthernetFrame.HEADER_LENGTH)
            {
                isReadable = false;
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

    /** @return frames that the host did not take: its queue was full, or the TAP is down. */
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
        tap.close();
    }
}
