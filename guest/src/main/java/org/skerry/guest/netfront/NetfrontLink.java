package org.skerry.guest.netfront;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Domid;

/** What a netfront needs of its domain: pages to share and a channel. */
public interface NetfrontLink
{
    /**
     * Make pages that the backend can be let into, and a channel that it can bind.
     *
     * @param backend       who.
     * @param frameCount    1 or more.
     * @param onEvent       called when the backend rings, on the owner's thread; says whether there was work.
     * @param onBackendGone called when the backend has closed its end of the channel, or died.
     * @return what the backend is offered.
     * @throws IllegalStateException when there is no memory, or no grant or port is left.
     */
    Offer open(Domid backend, int frameCount, BooleanSupplier onEvent, Runnable onBackendGone);

    /** Pages and a channel for one backend. */
    interface Offer extends AutoCloseable
    {
        /** @return the pages in a row, zeroed. */
        UnsafeBuffer buffer();

        /**
         * Let the backend into one page.
         *
         * @param frame      0 to frameCount - 1.
         * @param isReadOnly whether it may only copy from it.
         * @return the grant reference.
         */
        int grant(int frame, boolean isReadOnly);

        /** @return the port to be bound. */
        int port();

        /** Ring the backend. */
        void ring();

        /** Close the channel. The backend may still look at the pages. */
        void hangUp();

        /** Close the channel and take all pages back. What the backend has not let go of is lost to both. */
        @Override
        void close();
    }
}
