package org.skerry.netback;

import java.util.HashMap;
import java.util.Map;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.DomainMemory;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;

/**
 * The memory of a driver domain, pages that guests have granted to it, and a hypervisor that copies between them by the
 * rules of GNTTABOP_copy.
 */
final class TestMemory implements GrantCopy
{
    private record Op(boolean isFrom, int ownFrame, int ownOffset, int ref, int refOffset, int length)
    {
    }

    private static final int CAPACITY = 256;
    private static final int FRAME_COUNT = 512;

    final UnsafeBuffer own = new UnsafeBuffer(BufferUtil.allocateDirectAligned(FRAME_COUNT * 4096, 4096));
    int executeCount;
    private final Map<Integer, UnsafeBuffer> pages = new HashMap<>();
    private final Map<Integer, Boolean> readOnly = new HashMap<>();
    private final Op[] ops = new Op[CAPACITY];
    private final int[] statuses = new int[CAPACITY];
    private int size;
    private int nextFrame = 7;

    DomainMemory.Frames allocate(final int count)
    {
        final int first = nextFrame;
        nextFrame += count;
        final long address = own.addressOffset() + (long)first * Hypercalls.PAGE_SIZE;
        return new DomainMemory.Frames(
            first, count, address, new UnsafeBuffer(address, count * Hypercalls.PAGE_SIZE));
    }

    /** A guest grants a page. */
    UnsafeBuffer grant(final int ref, final boolean isReadOnly)
    {
        final UnsafeBuffer page = new UnsafeBuffer(BufferUtil.allocateDirectAligned(4096, 4096));
        pages.put(ref, page);
        readOnly.put(ref, isReadOnly);
        return page;
    }

    @Override
    public void clear()
    {
        size = 0;
    }

    @Override
    public int room()
    {
        return CAPACITY - size;
    }

    @Override
    public int addCopyFrom(
        final int granter, final int ref, final int refOffset, final int ownFrame, final int ownOffset,
        final int length)
    {
        ops[size] = new Op(true, ownFrame, ownOffset, ref, refOffset, length);
        return size++;
    }

    @Override
    public int addCopyTo(
        final int ownFrame, final int ownOffset, final int granter, final int ref, final int refOffset,
        final int length)
    {
        ops[size] = new Op(false, ownFrame, ownOffset, ref, refOffset, length);
        return size++;
    }

    @Override
    public void execute()
    {
        executeCount++;
        for (int i = 0; i < size; i++)
        {
            statuses[i] = execute(ops[i]);
        }
    }

    @Override
    public int status(final int index)
    {
        return statuses[index];
    }

    private int execute(final Op op)
    {
        final UnsafeBuffer page = pages.get(op.ref);
        if (page == null)
        {
            return GrantStatus.BAD_GNTREF;
        }
        if (op.refOffset + op.length > 4096 || op.ownOffset + op.length > 4096)
        {
            return GrantStatus.BAD_COPY_ARG;
        }
        if (op.isFrom)
        {
            own.putBytes(op.ownFrame * 4096 + op.ownOffset, page, op.refOffset, op.length);
        }
        else if (readOnly.get(op.ref))
        {
            return GrantStatus.PERMISSION_DENIED;
        }
        else
        {
            page.putBytes(op.refOffset, own, op.ownFrame * 4096 + op.ownOffset, op.length);
        }

        return OKAY;
    }
}
