package org.skerry.xenstore;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

import org.skerry.wire.Domid;
import org.skerry.wire.xs.XsWire;

/**
 * The domains that the store has heard of, and what each may have.
 */
final class DomainTable
{
    /**
     * What the server offers to every domain, in its page and to GET_FEATURE. C offers the same without reconnection,
     * which it does not have; who has it must say so before a domain may ask for it (docs/misc/xenstore-ring.txt).
     */
    static final int FEATURES = XsWire.FEATURE_RECONNECTION | XsWire.FEATURE_ERROR | XsWire.FEATURE_WATCH_DEPTH |
        XsWire.FEATURE_DOMID_ANY;

    private final Map<Integer, KnownDomain> domains = new TreeMap<>();
    private final Map<Quota, Integer> limitsOfNewDomains = new EnumMap<>(Quota.class);
    private final IntPredicate existence;
    private final RecordWriter records;

    /**
     * @param existence whether there is a domain of a number, when somebody privileged names one that the store does
     *                  not know.
     * @param records   outlive the process.
     */
    DomainTable(final IntPredicate existence, final RecordWriter records)
    {
        this.existence = existence;
        this.records = records;

        for (final Quota quota : Quota.values())
        {
            limitsOfNewDomains.put(quota, quota.initial());
        }
    }

    /** @return the domain, or null. */
    KnownDomain find(final int domid)
    {
        return domains.get(domid);
    }

    /** @return the domain; null when it is neither known nor exists. */
    KnownDomain findExisting(final int domid)
    {
        final KnownDomain known = domains.get(domid);
        final boolean isReal = domid > 0 && domid < Domid.DOMID_FIRST_RESERVED;
        return known == null && isReal && existence.test(domid) ? findOrAdd(domid) : known;
    }

    KnownDomain findOrAdd(final int domid)
    {
        KnownDomain domain = domains.get(domid);

        if (domain == null)
        {
            domain = new KnownDomain(domid, FEATURES, limitsOfNewDomains);
            domains.put(domid, domain);
            records.domain(domain);
        }

        return domain;
    }

    void remove(final int domid)
    {
        domains.remove(domid);
        records.released(domid);
    }

    /** Know what an earlier process knew. Limits that it did not know are as they are in the beginning. */
    void restore(final SavedState saved)
    {
        setLimits(saved.limits(), limitsOfNewDomains);
        saved.domains().forEach((domid, known) ->
        {
            final Map<Quota, Integer> limits = new EnumMap<>(limitsOfNewDomains);
            setLimits(known.limits, limits);
            domains.put(domid, new KnownDomain(domid, known.features, limits));
        });
    }

    private static void setLimits(final int[] saved, final Map<Quota, Integer> limits)
    {
        final Quota[] quotas = Quota.values();

        for (int i = 0; i < Math.min(saved.length, quotas.length); i++)
        {
            limits.put(quotas[i], saved[i]);
        }
    }

    Iterable<KnownDomain> all()
    {
        return domains.values();
    }

    /**
     * Whether a domain that somebody names in permissions exists. A guest's word does not make one.
     */
    boolean mayBeNamed(final int domid, final Caller by)
    {
        if (domid == Domid.DOMID_ANY)
        {
            return (features(by) & XsWire.FEATURE_DOMID_ANY) != 0;
        }

        return domid == 0 || (by.isPrivileged() ? findExisting(domid) : find(domid)) != null;
    }

    /** @return {@code XsWire.FEATURE_*} that the caller was offered. */
    int features(final Caller caller)
    {
        final KnownDomain domain = caller.domid() == 0 ? null : find(caller.domid());
        return domain == null ? FEATURES : domain.features();
    }

    /** @return the limit for a caller, 0 for none. */
    int limit(final Caller caller, final Quota quota)
    {
        return caller.isPrivileged() ? 0 : limit(caller.domid(), quota);
    }

    /** @return the limit for a domain, 0 for none. */
    int limit(final int domid, final Quota quota)
    {
        final KnownDomain domain = domid == 0 ? null : find(domid);
        return domid == 0 ? 0 : domain == null ? limitOfNewDomains(quota) : domain.limit(quota);
    }

    int limitOfNewDomains(final Quota quota)
    {
        return limitsOfNewDomains.get(quota);
    }

    void limitOfNewDomains(final Quota quota, final int value)
    {
        limitsOfNewDomains.put(quota, value);
        records.limits(this);
    }

    /** Set a limit of one domain. */
    void limit(final KnownDomain domain, final Quota quota, final int value)
    {
        domain.limit(quota, value);
        records.domain(domain);
    }

    /** Set what a domain is offered. */
    void features(final KnownDomain domain, final int features)
    {
        domain.features(features);
        records.domain(domain);
    }
}
