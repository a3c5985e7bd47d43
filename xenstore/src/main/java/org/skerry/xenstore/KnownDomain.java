package org.skerry.xenstore;

import java.util.EnumMap;
import java.util.Map;

/**
 * A domain that the store has heard of: introduced, or named by somebody privileged before that.
 */
final class KnownDomain
{
    private final int domid;
    private final Map<Quota, Integer> limits;
    private int features;
    private DomainLink link;

    KnownDomain(final int domid, final int features, final Map<Quota, Integer> limits)
    {
        this.domid = domid;
        this.features = features;
        this.limits = new EnumMap<>(limits);
    }

    int domid()
    {
        return domid;
    }

    boolean isIntroduced()
    {
        return link != null;
    }

    void introduced(final DomainLink newLink)
    {
        link = newLink;
    }

    /** @return its connection, once it is introduced. */
    XsConnection connection()
    {
        return link.connection();
    }

    /** @return its ring, null before it is introduced. */
    DomainLink link()
    {
        return link;
    }

    int features()
    {
        return features;
    }

    void features(final int newFeatures)
    {
        features = newFeatures;
    }

    /** @return the limit, 0 for none. */
    int limit(final Quota quota)
    {
        return limits.get(quota);
    }

    void limit(final Quota quota, final int value)
    {
        limits.put(quota, value);
    }
}
