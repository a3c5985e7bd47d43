package org.skerry.perf.ring;

import java.util.Locale;

/**
 * What takes part.
 */
public enum ContenderKind
{
    /** Our ring between two domains: looks for a while, then sleeps on its bell. */
    RING("Skerry ring, spin then bell"),
    /** The same ring and domains, but a half that has nothing to do sleeps at once. */
    BELLS("Skerry ring, bell at once"),
    /** Aeron IPC between two processes, media driver in a third. */
    AERON("Aeron IPC, driver apart"),
    /** Agrona's ring buffer for one producer, between two processes. */
    ONETOONE("Agrona OneToOne, memfd"),
    /** Agrona's ring buffer for many producers, between two processes. */
    MANYTOONE("Agrona ManyToOne, memfd"),
    /** JCTools' queue for one producer and one consumer, between two threads. */
    JCTOOLS("JCTools SPSC, two threads");

    private final String title;

    ContenderKind(final String title)
    {
        this.title = title;
    }

    /** @return for tables; at most 27 characters. */
    public String title()
    {
        return title;
    }

    /** @return for options and JSON. */
    public String key()
    {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @return whether it has bells to count. */
    public boolean hasBells()
    {
        return this == RING || this == BELLS;
    }
}
