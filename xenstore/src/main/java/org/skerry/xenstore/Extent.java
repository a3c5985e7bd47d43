package org.skerry.xenstore;

/** What a node is together with all below it, kept so that nobody has to visit them. */
interface Extent
{
    /** Owner of nodes that are not all of one owner. */
    int MANY = -1;

    /** @return nodes. */
    int nodeCount();

    /** @return bytes that they count in quotas. */
    long accountedTotal();

    /** @return domid of the owner of all of them, else {@link #MANY}. */
    int soleOwner();

    /** @return the bits of all domains that their permissions name. */
    long domains();

    /**
     * A domain is two bits of 64, so that few nodes seem to name one that they do not.
     *
     * @return the bits of a domain.
     */
    static long bits(final int domid)
    {
        final int hash = domid * 0x9E3779B1;
        return 1L << (hash >>> 26) | 1L << (hash >>> 20);
    }
}
