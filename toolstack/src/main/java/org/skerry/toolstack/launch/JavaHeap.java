package org.skerry.toolstack.launch;

import java.util.List;

/**
 * The memory of a Java process, and what collects it.
 *
 * @param maxMb     most heap, MiB.
 * @param collector of garbage.
 */
public record JavaHeap(int maxMb, Collector collector)
{
    /** What collects garbage. */
    public enum Collector
    {
        /** The least memory and the quickest start; stops everything, for milliseconds in a small heap. */
        SERIAL("-XX:+UseSerialGC"),

        /**
         * Collects beside the work, and gives memory back. For a process with much that lives, and clients that wait:
         * with 100,000 nodes in xenstore at half load, p99.9 is 2 to 4 ms; with SERIAL 45 to 59 ms, with G1 10 to 25.
         * It keeps below the soft limit and needs room above it, lest those who allocate wait for it.
         */
        CONCURRENT("-XX:+UseShenandoahGC", "-XX:SoftMaxHeapSize=96m", "-XX:ConcGCThreads=1",
            "-XX:+UnlockExperimentalVMOptions", "-XX:ShenandoahUncommitDelay=2000");

        private final List<String> flags;

        Collector(final String... flags)
        {
            this.flags = List.of(flags);
        }
    }

    /** A heap that is collected serially. */
    public JavaHeap(final int maxMb)
    {
        this(maxMb, Collector.SERIAL);
    }

    /** @return flags of the Java machine. */
    public List<String> flags()
    {
        return collector.flags;
    }
}
