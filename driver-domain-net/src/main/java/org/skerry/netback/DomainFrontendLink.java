package org.skerry.netback;

import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantedPages;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;

/** The real link: grants and event channels of the hypervisor. */
final class DomainFrontendLink implements FrontendLink
{
    private final Domain domain;

    DomainFrontendLink(final Domain domain)
    {
        this.domain = domain;
    }

    @Override
    public Pages pages(final Domid frontend, final GrantRef txRef, final GrantRef rxRef)
    {
        return new DomainPages(domain.foreignGrants().pages(frontend, txRef.value(), rxRef.value()));
    }

    @Override
    public void whenMoved(final Domid frontend, final Runnable task)
    {
        domain.foreignGrants().whenMoved(frontend, task);
    }

    @Override
    public void whenLeft(final Domid frontend, final Runnable task)
    {
        domain.foreignGrants().whenLeft(frontend, task);
    }

    @Override
    public Connection connect(
        final Domid frontend, final Pages pages, final Ports ports, final BooleanSupplier onEvent) throws LinkException
    {
        final EventChannel tx = bind(frontend, ports.txPort(), onEvent);
        if (ports.rxPort().equals(ports.txPort()))
        {
            return new Open((DomainPages)pages, tx, tx);
        }
        try
        {
            return new Open((DomainPages)pages, tx, bind(frontend, ports.rxPort(), onEvent));
        }
        catch (final LinkException exception)
        {
            tx.close();
            throw exception;
        }
    }

    private EventChannel bind(final Domid frontend, final EventChannelPort port, final BooleanSupplier onEvent)
        throws LinkException
    {
        try
        {
            final EventChannel channel = domain.eventChannels().bindInterdomain(frontend, port);
            channel.onEventLateEoi(onEvent);
            return channel;
        }
        catch (final EventChannels.EventChannelException exception)
        {
            throw new LinkException(exception.getMessage(), exception);
        }
    }

    private record DomainPages(GrantedPages pages) implements Pages
    {
        @Override
        public boolean tryMap() throws LinkException
        {
            try
            {
                return pages.tryMap();
            }
            catch (final GrantException exception)
            {
                throw new LinkException("cannot map the tx and rx rings: " + exception.getMessage(), exception);
            }
        }

        @Override
        public void close()
        {
            pages.close();
        }
    }

    private record Open(DomainPages pages, EventChannel tx, EventChannel rx) implements Connection
    {
        @Override
        public UnsafeBuffer txPage()
        {
            return pages.pages.page(0);
        }

        @Override
        public UnsafeBuffer rxPage()
        {
            return pages.pages.page(1);
        }

        @Override
        public void ring()
        {
            tx.notifyRemote();
            if (rx != tx)
            {
                rx.notifyRemote();
            }
        }

        @Override
        public void close()
        {
            tx.close();
            if (rx != tx)
            {
                rx.close();
            }
            pages.close();
        }
    }
}
