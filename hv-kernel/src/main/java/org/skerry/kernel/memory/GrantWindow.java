package org.skerry.kernel.memory;

/**
 * What one domain sees of another's memory: a sparse file as long as that memory, in which only the frames granted to
 * it hold anything. The frame's place is its own number, so neighbours stay neighbours and the grantee maps it once.
 */
public final class GrantWindow implements AutoCloseable
{
    private final SharedFile file;
    private final int grantee;
    private int frameCount;
    private boolean isOpened;
    private boolean isRetired;

    GrantWindow(final SharedFile file, final int grantee)
    {
        this.file = file;
        this.grantee = grantee;
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

    /** @return frames that are at home here. */
    public int frameCount()
    {
        return frameCount;
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

    void add(final int count)
    {
        frameCount += count;
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
