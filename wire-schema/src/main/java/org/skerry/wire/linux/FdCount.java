package org.skerry.wire.linux;

/** How many files came with a message: filled by {@link SysSocket#recvFds}. To be kept and used again by one thread. */
public final class FdCount
{
    private int value;

    /** @return 0 or more; the first so many entries of the array are new numbers that the receiver must close. */
    public int value()
    {
        return value;
    }

    void value(final int newValue)
    {
        value = newValue;
    }
}
