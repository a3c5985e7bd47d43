package org.skerry.blkback;

/**
 * Reaching the pages that one frontend has granted: by mapping, for what stays (the ring, persistent grants), or by
 * copying through bounce frames of our own. Nothing here throws for what the frontend did.
 */
interface GrantAccess extends AutoCloseable
{
    /** Bytes of the bounce memory: the pages of one request. */
    int BOUNCE_LENGTH = 11 * 4096;

    /** A page of the frontend that we see until closed. */
    interface MappedGrant extends AutoCloseable
    {
        /** @return address of its 4096 bytes; the frontend writes them as it likes. */
        long address();

        @Override
        void close();
    }

    /**
     * Map a page, writable.
     *
     * @param ref as the frontend wrote it, any number.
     * @return the page, or null when it cannot be mapped; {@link #mapStatus()} says why. Copying may still work.
     */
    MappedGrant map(int ref);

    /** @return GNTST number of the last {@link #map}. */
    int mapStatus();

    /** @return address of the bounce memory, {@link #BOUNCE_LENGTH} bytes of ours that nobody else sees. */
    long bounceAddress();

    /**
     * Plan a copy from a page of the frontend to bounce memory.
     *
     * @param ref          as the frontend wrote it, any number.
     * @param refOffset    first byte in its page; offset and length stay within the page.
     * @param bounceOffset first byte in bounce memory.
     * @param length       bytes, 1 to 4096.
     */
    void addCopyFrom(int ref, int refOffset, int bounceOffset, int length);

    /**
     * Plan a copy from bounce memory to a page of the frontend.
     *
     * @param bounceOffset first byte in bounce memory.
     * @param ref          as the frontend wrote it, any number.
     * @param refOffset    first byte in its page; offset and length stay within the page.
     * @param length       bytes, 1 to 4096.
     */
    void addCopyTo(int bounceOffset, int ref, int refOffset, int length);

    /**
     * Do what was planned, and forget it.
     *
     * @return true when every copy was done, false when one was refused.
     */
    boolean copy();

    /** Give the bounce memory back. What is mapped has been closed before. */
    @Override
    void close();
}
