package org.skerry.kernel.memory;

/**
 * Keeps the law that the memory of all domains together never exceeds the memory of the host. Frames are promised here
 * before a file for them is made.
 */
public final class MemoryLedger
{
    private final long totalFrames;
    private long promisedFrames;

    /**
     * @param totalFrames frames of 4 KiB that domains may have together.
     */
    public MemoryLedger(final long totalFrames)
    {
        this.totalFrames = totalFrames;
    }

    /**
     * @param frames 1 or more.
     * @return whether they are the caller's now.
     */
    public boolean claim(final long frames)
    {
        if (frames <= 0 || frames > freeFrames())
        {
            return false;
        }
        promisedFrames += frames;

        return true;
    }

    /**
     * @param frames as claimed before.
     */
    public void release(final long frames)
    {
        if (frames > promisedFrames)
        {
            throw new IllegalStateException("more released than claimed: frames=" + frames + ", claimed=" +
                promisedFrames);
        }
        promisedFrames -= frames;
    }

    /** @return frames that domains may have together. */
    public long totalFrames()
    {
        return totalFrames;
    }

    /** @return frames that nobody has claimed. */
    public long freeFrames()
    {
        return totalFrames - promisedFrames;
    }
}
