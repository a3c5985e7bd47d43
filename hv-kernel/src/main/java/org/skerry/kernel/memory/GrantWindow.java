package org.skerry.kernel.memory;

import java.util.Arrays;

import org.skerry.wire.Hypercalls;

/**
 * What one domain sees of another's memory: a sparse file in which only the frames granted to it hold anything. In a
 * window that can be written a frame's place is its own number, so neighbours stay neighbours and the grantee maps it
 * once. A read-only window cannot be punched, so it is small, the ledger promises it in full, and a frame stands at its
 * number modulo the length.
 */
public final class GrantWindow implements AutoCloseable
{
    private static final int NONE = -1;

    private final SharedFile file;
    private final int grantee;
    private final int[] tenants;            // of a read-only window: the frame at each place
    private int frameCount;
    private boolean isSealed;
    private boolean isOpened;
    private boolean isRetired;

    GrantWindow(final SharedFile file, final int grantee, final boolean isReadOnly)
    {
        this.file = file;
        this.grantee = grantee;
        this.tenants = isReadOnly ? new int[length()] : null;
        this.isSealed = !isReadOnly;
        if (isReadOnly)
        {
            Arrays.fill(tenants, NONE);
        }
    }

    /** @return the file behind it. */
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

    /** @return places in it. */
    public int length()
    {
        return (int)(file.length() >> Hypercalls.PAGE_SHIFT);
    }

    /** @return frames that are at home here. */
    public int frameCount()
    {
        return frameCount;
    }

    /**
     * @param frame of the granter.
     * @return where it stands in the file, in frames.
     */
    public int placeOf(final int frame)
    {
        return isReadOnly() ? frame % tenants.length : frame;
    }

    /** @return whether the grantee may open it: nobody can make it writable for itself any more. */
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

    /** The grantee has asked for it. */
    public void opened()
    {
        isOpened = true;
    }

    /** The process that had opened it is gone. */
    public void unopened()
    {
        isOpened = false;
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

    /** Frames are gone; nobody sees them here any more. */
    void remove(final int firstFrame, final int count)
    {
        frameCount -= count;
        for (int frame = firstFrame; isReadOnly() && frame < firstFrame + count; frame++)
        {
            tenants[placeOf(frame)] = NONE;
            file.clear(placeOf(frame), 1);
        }
        if (!isReadOnly())
        {
            file.punch(firstFrame, count);
        }
    }

    void retire()
    {
        isRetired = true;
    }

    boolean isRetired()
    {
        return isRetired;
    }

    @Override
    public void close()
    {
        file.close();
    }
}
