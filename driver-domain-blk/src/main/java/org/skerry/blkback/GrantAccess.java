package org.skerry.blkback;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reaching the pages that one frontend has granted: by mapping, for what stays (the ring, persistent grants), or by
 * copying through bounce frames of our own. Nothing here throws for what the frontend did.
 */
interface GrantAccess extends AutoCloseable
{
    /** Most segments of one request, when they stand in a page of their own: what Linux's blkback offers. */
    int MAX_SEGMENTS = 32;

    /** Bytes of the bounce memory: the pages of one request, and one for its segments. */
    int BOUNCE_LENGTH = (MAX_SEGMENTS + 1) * 4096;

    /** The pages of a ring, one behind the other once they are mapped. */
    interface RingPages extends AutoCloseable
    {
        /** @return GNTST number: OKAY; EAGAIN: the frontend's domain has to move them first; or why not. */
        int tryMap();

        /** @return all pages, once they are mapped. */
        UnsafeBuffer buffer();

        @Override
        void close();
    }

    /**
     * @param refs as the frontend wrote them, 0 or more each.
     * @return the pages, not mapped yet.
     */
    RingPages ringPages(int... refs);

    /** @param task runs once when it is worth another try to map what the frontend's domain has to move. */
    void whenMoved(Runnable task);


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
     * @return the page, or null when it cannot be mapped; {@link #mapStatus()} says why. Copying may still work;
     * GNTST_eagain: it can {@link #whenMoved later}.
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
