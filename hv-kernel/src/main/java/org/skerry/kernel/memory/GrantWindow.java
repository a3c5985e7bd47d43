package org.skerry.kernel.memory;

import java.util.Arrays;

/**
 * What one domain sees of another's memory: a sparse file in which only the frames granted to it hold anything. In a
 * window that can be written a frame's place is its own number, so neighbours stay neighbours and the grantee maps it
 * once. A read-only window cannot be punched, so it is small, the ledger promises it in full, and a frame stands at its
 * number modulo the length.
 */
public final class GrantWindow
{
    private static final int NONE = -1;

    private final SharedFile file;
    private final int grantee;
    private final int[] tenants;            // of a read-only window: the frame at each place
    private int frameCount;
    private boolean isSealed;
    private boolean isOpened;

    GrantWindow(final SharedFile file, final int grantee, final boolean isReadOnly)
    {
        this.file = file;
        this.grantee = grantee;
        this.tenants = isReadOnly ? new int[file.frames()] : null;
        this.isSealed = !isReadOnly;
        if (isReadOnly)
        {
            Arrays.fill(tenants, NONE);
        }
    }

    public SharedFile file()
    {
        return file;
    }

    /** @return domid of the domain that sees it. */
    public int grantee()
    {
        return grantee;
    }

    /** @return whether the grantee can only read it. */
    public boolean isReadOnly()
    {
        return tenants != null;
    }

    /** @return frames that are at home here. */
    public int frameCount()
    {
        return frameCount;
    }

    /** @return where a frame of the granter stands in the file, in frames. */
    public int placeOf(final int frame)
    {
        return isReadOnly() ? frame % tenants.length : frame;
    }

    /** @return whether the grantee may open it: nobody can make it writable for himself any more. */
    public boolean isSealed()
    {
        return isSealed;
    }

    /** @return 0 or a negative errno; from then on only those who have it mapped for writing can write it. */
    public int seal()
    {
        final int result = isSealed ? 0 : file.sealFutureWrite();
        isSealed = result >= 0;

        return result;
    }

    /** @return whether the grantee has asked for it: until then it has another window of that granter, or none. */
    public boolean isOpened()
    {
        return isOpened;
    }

    /** @param isNowOpened true: the grantee has asked for it; false: the process that had done so is gone. */
    public void opened(final boolean isNowOpened)
    {
        isOpened = isNowOpened;
    }

    boolean hasRoomFor(final int frame)
    {
        return !isReadOnly() || tenants[placeOf(frame)] == NONE || tenants[placeOf(frame)] == frame;
    }

    void add(final int frame)
    {
        frameCount++;
        if (isReadOnly())
        {
            tenants[placeOf(frame)] = frame;
        }
    }

    /** A run of frames is gone; nobody sees them here any more. */
    void remove(final int firstFrame, final int count)
    {
        frameCount -= count;
        if (!isReadOnly())
        {
            file.punch(firstFrame, count);
            return;
        }
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            tenants[placeOf(frame)] = NONE;
            file.punch(placeOf(frame), 1);
        }
    }
}
