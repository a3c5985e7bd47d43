package org.skerry.perf.side;

import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.skerry.perf.link.AgronaBack;
import org.skerry.perf.link.AgronaFront;
import org.skerry.perf.link.BackSide;
import org.skerry.perf.link.FrontSide;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysMman;

/**
 * A process that is one half of two Agrona ring buffers in a memory file.
 */
public final class AgronaSide
{
    /** Where the memory file is. */
    public static final int MEMORY_FD = 5;

    /** Bytes of the memory file: two ring buffers, one behind the other. */
    public static final int MEMORY_LENGTH;

    private static final int CAPACITY = 32 * 1024;      // some 270 requests; much longer ones were slower
    private static final int RING_LENGTH;
    private static final int PAGE_MASK = 4095;

    static
    {
        RING_LENGTH = CAPACITY + RingBufferDescriptor.TRAILER_LENGTH + PAGE_MASK & ~PAGE_MASK;
        MEMORY_LENGTH = 2 * RING_LENGTH;
    }

    private AgronaSide()
    {
    }

    /**
     * @param args {@code front} or {@code back}; the processor of its thread, or -1; {@code 1} for a single producer or
     *             {@code n} for any number of them.
     */
    public static void main(final String[] args)
    {
        SideThread.dieWithParent();
        SideThread.pin(Integer.parseInt(args[1]));
        final ControlChannel control = new ControlChannel(ControlChannel.CONTROL_FD);
        final long address = SysMman.mmap(
            0, MEMORY_LENGTH, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, MEMORY_FD, 0);
        if (address < 0)
        {
            throw new IllegalStateException("cannot map the ring buffers: " + Errno.nameOf(address));
        }

        final boolean isSingle = args[2].equals("1");
        final RingBuffer requests = ringBuffer(address, isSingle);
        final RingBuffer responses = ringBuffer(address + RING_LENGTH, isSingle);
        control.send("connected");
        if (args[0].equals("front"))
        {
            SideThread.serve(control, new FrontSide(new AgronaFront(requests, responses))::run);
        }
        else
        {
            SideThread.serve(control, new BackSide(new AgronaBack(requests, responses))::run);
        }
        System.exit(0);
    }

    private static RingBuffer ringBuffer(final long address, final boolean isSingle)
    {
        final UnsafeBuffer memory = new UnsafeBuffer(address, CAPACITY + RingBufferDescriptor.TRAILER_LENGTH);
        return isSingle ? new OneToOneRingBuffer(memory) : new ManyToOneRingBuffer(memory);
    }
}
