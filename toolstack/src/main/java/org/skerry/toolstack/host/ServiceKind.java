package org.skerry.toolstack.host;

/**
 * A service domain that every host has.
 */
enum ServiceKind
{
    /** Keeps the tree; all others meet in it, so it comes first. */
    XENSTORE("xenstore", "org.skerry.xenstore.XenstoreDomain", 128),
    /** Serves consoles. */
    CONSOLE("console", "org.skerry.console.ConsoleDomain", 48),
    /** Serves disks. */
    BLK("driver-blk", "org.skerry.blkback.BlkDriverDomain", 48),
    /** Serves network interfaces. */
    NET("driver-net", "org.skerry.netback.NetDriverDomain", 48);

    private final String domainName;
    private final String mainClass;
    private final int heapMb;

    ServiceKind(final String domainName, final String mainClass, final int heapMb)
    {
        this.domainName = domainName;
        this.mainClass = mainClass;
        this.heapMb = heapMb;
    }

    /** @return name of the domain. */
    String domainName()
    {
        return domainName;
    }

    /** @return main class of its process. */
    String mainClass()
    {
        return mainClass;
    }

    /** @return most heap of its process, MiB. */
    int heapMb()
    {
        return heapMb;
    }
}
