package org.skerry.netback;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;

/** How this domain reaches what a frontend offers: its ring pages and its event channel. */
interface FrontendLink
{
    /** An open link. */
    interface Connection extends Bell, AutoCloseable
    {
        UnsafeBuffer txPage();

        UnsafeBuffer rxPage();

        /** Let go of pages and channel. */
        @Override
        void close();
    }

    /** The frontend's offer cannot be taken up. */
    final class LinkException extends Exception
    {
        private static final long serialVersionUID = 1L;

        LinkException(final String message, final Throwable cause)
        {
            super(message, cause);
        }
    }

    /** The pages of a frontend's rings, mapped as soon as they are where they can be. */
    interface Pages extends AutoCloseable
    {
        /**
         * @return true when both are mapped; false: the frontend's domain has to move them first.
         * @throws LinkException when one of them is not what the frontend says.
         */
        boolean tryMap() throws LinkException;

        @Override
        void close();
    }

    /**
     * @param txPort of the frontend, kept for us.
     * @param rxPort the same, or another for the rx ring alone.
     */
    record Ports(EventChannelPort txPort, EventChannelPort rxPort)
    {
    }

    /**
     * @param frontend whose.
     * @param txRef    grant of the tx ring's page.
     * @param rxRef    grant of the rx ring's page.
     * @return the pages, not mapped yet.
     */
    Pages pages(Domid frontend, GrantRef txRef, GrantRef rxRef);

    /**
     * @param frontend whose pages are to be moved first.
     * @param task     runs once, on the owner's thread, when it is worth another try to map them.
     */
    void whenMoved(Domid frontend, Runnable task);

    /**
     * @param frontend whose pages were let go.
     * @param task     runs once, on the owner's thread, when the frontend's domain has them all back; now or later.
     */
    void whenLeft(Domid frontend, Runnable task);

    /**
     * Bind the channels.
     *
     * @param frontend whose.
     * @param pages    that are mapped; closed with the link, not by a failure.
     * @param ports    of the frontend.
     * @param onEvent  called when the frontend rings, on the owner's thread; says whether there was something to do.
     * @return the open link.
     * @throws LinkException when a port is not what the frontend says; nothing is bound then.
     */
    Connection connect(Domid frontend, Pages pages, Ports ports, BooleanSupplier onEvent) throws LinkException;
}
