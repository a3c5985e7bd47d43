package org.skerry.toolstack.host;

import org.skerry.toolstack.launch.JavaHeap;

/**
 * A service domain that every host has.
 */
enum ServiceKind
{
    /** Keeps the tree; all others meet in it, so it comes first. What it must not lose stands in its memory. */
    XENSTORE("xenstore", "org.skerry.xenstore.XenstoreDomain",
        new JavaHeap(256, JavaHeap.Collector.CONCURRENT), 128 * 1024),
    /** Serves consoles. */
    CONSOLE("console", "org.skerry.console.ConsoleDomain", new JavaHeap(48), 32 * 1024),
    /** Serves disks. */
    BLK("driver-blk", "org.skerry.blkback.BlkDriverDomain", new JavaHeap(48), 32 * 1024),
    /** Serves network interfaces. */
    NET("driver-net", "org.skerry.netback.NetDriverDomain", new JavaHeap(48), 32 * 1024);

    private final String domainName;
    private final String mainClass;
    private final JavaHeap heap;
    private final long memoryKb;

    ServiceKind(final String domainName, final String mainClass, final JavaHeap heap, final long memoryKb)
    {
        this.memoryKb = memoryKb;
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

    /** @return memory of the domain, KiB. */
    long memoryKb()
    {
        return memoryKb;
    }

    /** @return of its process. */
    JavaHeap heap()
    {
        return heap;
    }
}
