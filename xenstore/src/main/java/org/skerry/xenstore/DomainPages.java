package org.skerry.xenstore;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;

/** The hypervisor, as far as a store needs it to reach the rings of domains. */
public interface DomainPages
{
    /** No hypervisor: nothing can be introduced (EINVAL, as C answers for a domain whose page it cannot map). */
    DomainPages NONE = new DomainPages()
    {
        @Override
        public Page map(final int domid) throws XsException
        {
            throw XsException.of(Errno.EINVAL);
        }

        @Override
        public Bell bind(final int domid, final int port, final BooleanSupplier onEvent) throws XsException
        {
            throw XsException.of(Errno.EINVAL);
        }
    };

    /**
     * Map the page that a domain granted by the reserved reference 1.
     *
     * @param domid of the domain.
     * @return the page, until closed.
     * @throws XsException when there is none.
     */
    Page map(int domid) throws XsException;

    /**
     * Bind an event channel.
     *
     * @param domid   of the domain.
     * @param port    of the domain, unbound.
     * @param onEvent runs on the loop when the domain rings; says whether there was something to do.
     * @return our end, until closed.
     * @throws XsException when the domain keeps no such port for us.
     */
    Bell bind(int domid, int port, BooleanSupplier onEvent) throws XsException;

    /** A page of another domain. */
    interface Page extends AutoCloseable
    {
        /** @return 4096 bytes that the domain writes as it likes. */
        UnsafeBuffer buffer();

        @Override
        void close();
    }

    /** Our end of an event channel. */
    interface Bell extends AutoCloseable
    {
        /** Ring the domain. */
        void notifyRemote();

        @Override
        void close();
    }
}
