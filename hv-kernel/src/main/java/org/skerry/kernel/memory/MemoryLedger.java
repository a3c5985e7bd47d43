package org.skerry.kernel.memory;

/**
 * Keeps the law that the memory of all domains together never exceeds the memory of the host. Frames of 4 KiB are
 * promised here before anybody may touch them.
 */
public final class MemoryLedger
{
    private final long totalFrames;
    private long promisedFrames;

    /** @param totalFrames that domains may have together. */
    public MemoryLedger(final long totalFrames)
    {
        this.totalFrames = totalFrames;
    }

    /** @return whether that many frames, 1 or more, are the caller's now. */
    public boolean claim(final long frames)
    {
        if (frames <= 0 || frames > freeFrames())
        {
            return false;
        }
        promisedFrames += frames;

        return true;
    }

    /** @param frames as claimed before. */
    public void release(final long frames)
    {
        if (frames > promisedFrames)
        {
            throw new IllegalStateException("more released than claimed: frames=" + frames + ", claimed=" +
                promisedFrames);
        }
        promisedFrames -= frames;
    }

    public long totalFrames()
    {
        return totalFrames;
    }

    public long freeFrames()
    {
        return totalFrames - promisedFrames;
    }
}
