package org.skerry.netback;

/** A TAP that Domain-0 has made and handed over: plain Ethernet frames, one for each call, never blocking. */
interface TapDevice extends AutoCloseable
{
    /**
     * Take a frame that the host sends to the guest.
     *
     * @param address where it goes.
     * @param length  room there in bytes.
     * @return its length, or a negative errno: -EAGAIN when there is none. A longer frame is cut off.
     */
    long read(long address, int length);

    /**
     * Let the host have a frame of the guest.
     *
     * @return its length, or a negative errno.
     */
    long write(long address, int length);

    /** @param onReadable called in every turn in which there is something to read, until {@link #unwatch}. */
    void watch(Runnable onReadable);

    /** Do not look whether there is something to read. */
    void unwatch();

    @Override
    void close();
}
