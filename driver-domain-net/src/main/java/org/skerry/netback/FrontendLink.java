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

    /**
     * Map both pages and bind the channel.
     *
     * @param frontend whose.
     * @param txRef    grant of the tx ring's page.
     * @param rxRef    grant of the rx ring's page.
     * @param port     of the frontend, kept for us.
     * @param onEvent  called when the frontend rings, on the owner's thread; says whether there was something to do.
     * @return the open link.
     * @throws LinkException when one of them is not what the frontend says; nothing is held then.
     */
    Connection connect(Domid frontend, GrantRef txRef, GrantRef rxRef, EventChannelPort port, BooleanSupplier onEvent)
        throws LinkException;
}
