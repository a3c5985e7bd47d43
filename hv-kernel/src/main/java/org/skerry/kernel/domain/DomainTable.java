package org.skerry.kernel.domain;

import org.agrona.collections.Int2ObjectHashMap;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;

/**
 * All domains, by number. Numbers are given out upwards and come round again only after the last, so that a number is
 * not soon somebody else's.
 */
public final class DomainTable
{
    /** Numbers from here on are given only to who asks for them: the host's own service domains. */
    public static final int FIRST_SERVICE_DOMID = 32001;

    private final Int2ObjectHashMap<KernelDomain> domains = new Int2ObjectHashMap<>();
    private int lastDomid;

    /**
     * @param domid as a stranger said it.
     * @return the domain, or null.
     */
    public KernelDomain find(final int domid)
    {
        return domains.get(domid);
    }

    /**
     * @param caller who asks.
     * @param domid  as the caller said it; DOMID_SELF for itself.
     * @return the domain, or null.
     */
    public KernelDomain find(final KernelDomain caller, final int domid)
    {
        return domid == Domid.DOMID_SELF ? caller : find(domid);
    }

    /**
     * @param domid lowest number to look at.
     * @return the domain with the lowest number that is not below, or null.
     */
    public KernelDomain firstFrom(final int domid)
    {
        KernelDomain first = null;
        for (final KernelDomain domain : domains.values())
        {
            if (domain.domid() >= domid && (first == null || domain.domid() < first.domid()))
            {
                first = domain;
            }
        }

        return first;
    }

    /** @return every domain. */
    public Iterable<KernelDomain> all()
    {
        return domains.values();
    }

    /**
     * @param wanted a number, or 0 for the next free one.
     * @return a number that nobody has; -EEXIST; -EINVAL; -ENOSPC.
     */
    public int choose(final int wanted)
    {
        if (wanted != 0)
        {
            if (wanted < 0 || wanted >= Domid.DOMID_FIRST_RESERVED)
            {
                return Errno.EINVAL.negative();
            }
            return domains.containsKey(wanted) ? Errno.EEXIST.negative() : wanted;
        }

        for (int i = 1; i < FIRST_SERVICE_DOMID; i++)
        {
            final int candidate = (lastDomid + i - 1) % (FIRST_SERVICE_DOMID - 1) + 1;
            if (!domains.containsKey(candidate))
            {
                lastDomid = candidate;
                return candidate;
            }
        }

        return Errno.ENOSPC.negative();
    }

    /**
     * @param domain with a number from {@link #choose}.
     */
    public void add(final KernelDomain domain)
    {
        domains.put(domain.domid(), domain);
    }

    /**
     * @param domain in the table.
     */
    public void remove(final KernelDomain domain)
    {
        domains.remove(domain.domid());
    }
}
