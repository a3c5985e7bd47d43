package org.skerry.toolstack.host;

import org.skerry.toolstack.launch.JavaHeap;

/**
 * A service domain that every host has.
 */
enum ServiceKind
{
    /** Keeps the tree; all others meet in it, so it comes first. */
    XENSTORE("xenstore", "org.skerry.xenstore.XenstoreDomain",
        new JavaHeap(256, JavaHeap.Collector.CONCURRENT)),
    /** Serves consoles. */
    CONSOLE("console", "org.skerry.console.ConsoleDomain", new JavaHeap(48)),
    /** Serves disks. */
    BLK("driver-blk", "org.skerry.blkback.BlkDriverDomain", new JavaHeap(48)),
    /** Serves network interfaces. */
    NET("driver-net", "org.skerry.netback.NetDriverDomain", new JavaHeap(48));

    private final String domainName;
    private final String mainClass;
    private final JavaHeap heap;

    ServiceKind(final String domainName, final String mainClass, final JavaHeap heap)
    {
        this.domainName = domainName;
        this.mainClass = mainClass;
        this.heap = heap;
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

    /** @return of its process. */
    JavaHeap heap()
    {
        return heap;
    }
}
