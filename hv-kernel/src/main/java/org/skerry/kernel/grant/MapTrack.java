package org.skerry.kernel.grant;

import java.util.Arrays;
import org.skerry.wire.GrantStatus;

/**
 * What one domain has mapped of others: handle to grant. Handles are small, given out lowest first after their release,
 * and mean nothing to any other domain.
 */
public final class MapTrack
{
    /** Mappings that one frame of it holds. */
    public static final int HANDLES_PER_FRAME = 256;

    private static final int NONE = -1;
    private static final int INITIAL_SIZE = 64;

    private final int maxHandles;
    private GrantTable[] tables = new GrantTable[INITIAL_SIZE];
    private int[] refs = new int[INITIAL_SIZE];
    private boolean[] readOnly = new boolean[INITIAL_SIZE];
    private boolean[] leaving = new boolean[INITIAL_SIZE];
    private int[] nextFree = new int[INITIAL_SIZE];
    private int firstFree = NONE;
    private int handleCount;
    private int mappedCount;

    /** @param maxHandles mappings that the domain may have at the same time. */
    public MapTrack(final int maxHandles)
    {
        this.maxHandles = maxHandles;
    }

    /** @return mappings that exist. */
    public int mappedCount()
    {
        return mappedCount;
    }

    /** @return one more than the highest handle that was ever given out. */
    public int handleCount()
    {
        return handleCount;
    }

    /** @return table of the granter, null when nothing is mapped by that handle. */
    public GrantTable table(final int handle)
    {
        return tables[handle];
    }

    /** @return entry in that table. */
    public int ref(final int handle)
    {
        return refs[handle];
    }

    /** @return how it is mapped. */
    public boolean isReadOnly(final int handle)
    {
        return readOnly[handle];
    }

    /** @return whether another mapping may be made. */
    public boolean hasRoom()
    {
        return mappedCount < maxHandles;
    }

    /** @return the handle, 0 or more, of an entry that was pinned in a granter's table. */
    public int add(final GrantTable table, final int ref, final boolean isReadOnly)
    {
        final int handle = firstFree == NONE ? handleCount++ : firstFree;
        if (handle == refs.length)
        {
            grow();
        }
        firstFree = firstFree == NONE ? NONE : nextFree[handle];
        tables[handle] = table;
        refs[handle] = ref;
        readOnly[handle] = isReadOnly;
        leaving[handle] = false;
        mappedCount++;

        return handle;
    }

    /**
     * Let go of what a handle stands for.
     *
     * @param handle as a stranger said it.
     * @return a {@link GrantStatus}; BAD_HANDLE: the domain has none such; EAGAIN: the handle stands until the page is
     * home.
     */
    public short release(final long handle)
    {
        if (handle < 0 || handle >= handleCount || tables[(int)handle] == null)
        {
            return GrantStatus.BAD_HANDLE;
        }

        final int index = (int)handle;
        if (mustWait(index))
        {
            return GrantStatus.EAGAIN;
        }
        if (leaving[index])
        {
            tables[index].left(refs[index]);
        }
        tables[index].unpin(refs[index], readOnly[index]);
        free(index);

        return GrantStatus.OKAY;
    }

    /**
     * Let go of what a process that is gone had mapped; nothing is mapped by these handles any more.
     *
     * @param limit most handles to look at now.
     * @return whether nothing is left.
     */
    public boolean releaseSome(final int limit)
    {
        for (final int end = Math.max(0, handleCount - limit); handleCount > end; handleCount--)
        {
            final int handle = handleCount - 1;
            if (release(handle) == GrantStatus.EAGAIN)
            {
                tables[handle].orphan(refs[handle], readOnly[handle]);
                free(handle);
            }
        }

        return handleCount == 0;
    }

    private boolean mustWait(final int handle)
    {
        final boolean mustWait = tables[handle].mustWait(refs[handle], leaving[handle]);
        leaving[handle] |= mustWait;

        return mustWait;
    }

    private void free(final int handle)
    {
        tables[handle] = null;
        nextFree[handle] = firstFree;
        firstFree = handle;
        mappedCount--;
    }

    private void grow()
    {
        final int length = Math.min(maxHandles, refs.length * 2);
        tables = Arrays.copyOf(tables, length);
        refs = Arrays.copyOf(refs, length);
        readOnly = Arrays.copyOf(readOnly, length);
        leaving = Arrays.copyOf(leaving, length);
        nextFree = Arrays.copyOf(nextFree, length);
    }
}
