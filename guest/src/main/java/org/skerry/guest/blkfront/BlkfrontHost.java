package org.skerry.guest.blkfront;

import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Domid;

/** What a disk needs of the domain it is used in. One thread. */
public interface BlkfrontHost
{
    /** Pages of ours that the backend can map. */
    interface Pages extends AutoCloseable
    {
        /** @return all pages, one behind the other. */
        UnsafeBuffer buffer();

        /**
         * Let the backend map a page and write it.
         *
         * @param index of the page, from 0.
         * @return grant reference.
         */
        int grant(int index);

        /** End all grants; the backend has let go of the pages, or loses them. */
        @Override
        void close();
    }

    /** Our end of an event channel. */
    interface Channel extends AutoCloseable
    {
        /** @return number of our port. */
        int port();

        /** @return whether the backend has bound its end. */
        boolean isBound();

        void notifyRemote();

        @Override
        void close();
    }

    /**
     * @param backend who may map them.
     * @param count   of pages.
     * @return zeroed pages.
     * @throws IllegalStateException when the domain has no memory or no window for them.
     */
    Pages allocatePages(Domid backend, int count);

    /**
     * @param backend        who may bind the other end, and bind it again after it was closed.
     * @param onEvent        called when it rings and when it is bound; says whether there was something to do.
     * @param onRemoteClosed called when the backend has closed its end or died.
     * @return our end.
     */
    Channel allocateChannel(Domid backend, BooleanSupplier onEvent, Runnable onRemoteClosed);

    /**
     * Have something done soon, by the same thread.
     *
     * @param task to run.
     */
    void execute(Runnable task);

    /**
     * Wait for events and handle them.
     *
     * @param timeoutMs longest wait in milliseconds, -1 for ever.
     */
    void poll(int timeoutMs);
}
