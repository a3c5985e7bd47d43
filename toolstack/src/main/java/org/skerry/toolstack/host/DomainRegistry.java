package org.skerry.toolstack.host;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;

import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Domid;

/**
 * What Domain-0 knows of all domains but itself. Any thread may use it.
 */
final class DomainRegistry
{
    private final Map<Domid, HostDomain> domains = new ConcurrentSkipListMap<>();
    private final UUID dom0Uuid = new UUID(0, 0);

    void add(final HostDomain domain)
    {
        domains.put(domain.domid(), domain);
    }

    void remove(final HostDomain domain)
    {
        domains.remove(domain.domid(), domain);
    }

    HostDomain find(final Domid domid)
    {
        return domains.get(domid);
    }

    /**
     * @param domid which.
     * @return that domain.
     * @throws ToolstackException when there is none, or it is Domain-0.
     */
    HostDomain require(final Domid domid)
    {
        if (domid.equals(Domid.DOM0))
        {
            throw new ToolstackException("Domain-0 is a program of the machine like any other; only Linux rules it");
        }
        final HostDomain domain = find(domid);
        if (domain == null)
        {
            throw new ToolstackException(domid + " is an invalid domain identifier");
        }

        return domain;
    }

    HostDomain findByName(final String name)
    {
        return domains.values().stream().filter(domain -> domain.name().equals(name)).findFirst().orElse(null);
    }

    /** @return by ascending domid. */
    List<HostDomain> all()
    {
        return List.copyOf(domains.values());
    }

    /** @return of Domain-0, as Xen has it. */
    UUID dom0Uuid()
    {
        return dom0Uuid;
    }
}
