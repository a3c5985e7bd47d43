package org.skerry.pvh;

import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * One hypercall of a guest: who calls, with what, and the way to what its pointers point to. Everything in it is the
 * guest's word. A vCPU has one of these.
 */
final class HypercallFrame
{
    /** Bytes that can be copied in or out at once. */
    static final int BUFFER_LENGTH = 4096;

    private static final int MAX_ARGS = 6;

    /** Where structures of the guest are looked at: a copy, of which nothing changes behind our back. */
    final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(BUFFER_LENGTH));
    private final Vcpu vcpu;
    private final GuestMemory memory;
    private final long[] args = new long[MAX_ARGS];
    private long pageTable;

    HypercallFrame(final Vcpu vcpu, final GuestMemory memory)
    {
        this.vcpu = vcpu;
        this.memory = memory;
    }

    /** Another hypercall begins. */
    void begin(final long newPageTable)
    {
        pageTable = newPageTable;
    }

    /** @param index 0 to 5. */
    void arg(final int index, final long value)
    {
        args[index] = value;
    }

    /** @return an argument as a register held it. */
    long arg(final int index)
    {
        return args[index];
    }

    /** @return an argument of 32 bits. */
    int intArg(final int index)
    {
        return (int)args[index];
    }

    /** @return who calls. */
    Vcpu vcpu()
    {
        return vcpu;
    }

    /**
     * Copy from the guest into the beginning of {@link #buffer}.
     *
     * @param pointer of the guest.
     * @param length  0 to {@value #BUFFER_LENGTH}.
     * @return false for a bad pointer.
     */
    boolean read(final long pointer, final int length)
    {
        return memory.copyIn(pageTable, pointer, buffer, length);
    }

    /**
     * Copy the beginning of {@link #buffer} to the guest.
     *
     * @param pointer of the guest.
     * @param length  0 to {@value #BUFFER_LENGTH}.
     * @return false for a bad pointer.
     */
    boolean write(final long pointer, final int length)
    {
        return memory.copyOut(pageTable, pointer, buffer, length);
    }

    /** Do something on the loop, which owns the domain; the vCPU waits and counts as stopped. */
    long onLoop(final LongSupplier task)
    {
        return vcpu.onLoop(task);
    }
}
