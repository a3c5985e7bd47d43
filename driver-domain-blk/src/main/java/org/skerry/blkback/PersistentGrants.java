package org.skerry.blkback;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;
import org.skerry.wire.GrantStatus;

/**
 * The pages that a frontend with persistent grants uses again and again, each mapped at its first use and kept until
 * the ring ends. A frontend has at most {@link #MAX_GRANTS} of them; what goes beyond, and what cannot be mapped, is
 * copied. Nothing is allocated for a page that is known.
 */
final class PersistentGrants implements AutoCloseable
{
    /** Three rings full of requests full of segments: 3 x 32 x 11, the number that Linux's blkback uses. */
    static final int MAX_GRANTS = 1056;

    /** Answer instead of an address. */
    static final long ON_THE_WAY = -1;

    private final GrantAccess access;
    private final Int2ObjectHashMap<GrantAccess.MappedGrant> mapped = new Int2ObjectHashMap<>();
    private final IntHashSet refused = new IntHashSet();

    PersistentGrants(final GrantAccess access)
    {
        this.access = access;
    }

    /**
     * Where a page of the frontend can be reached.
     *
     * @param ref as the frontend wrote it, any number.
     * @return its address; 0: it has to be copied; {@link #ON_THE_WAY}: it can be mapped
     * {@link GrantAccess#whenMoved later}.
     */
    long addressOf(final int ref)
    {
        final GrantAccess.MappedGrant known = mapped.get(ref);
        return known != null ? known.address() : map(ref);
    }

    /** @return pages mapped, 0 to {@link #MAX_GRANTS}. */
    int size()
    {
        return mapped.size();
    }

    /** Unmap all. */
    @Override
    public void close()
    {
        mapped.forEach((ref, grant) -> grant.close());
        mapped.clear();
        refused.clear();
    }

    private long map(final int ref)
    {
        if (mapped.size() == MAX_GRANTS || refused.contains(ref))
        {
            return 0;
        }
        final GrantAccess.MappedGrant grant = access.map(ref);
        if (grant == null && access.mapStatus() == GrantStatus.EAGAIN)
        {
            return ON_THE_WAY;
        }
        if (grant == null)
        {
            if (refused.size() < MAX_GRANTS)
            {
                refused.add(ref);                           // asked once: a page that is not in a window stays outside
            }
            return 0;
        }
        mapped.put(ref, grant);

        return grant.address();
    }
}
