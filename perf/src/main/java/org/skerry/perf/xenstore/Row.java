package org.skerry.perf.xenstore;

import java.util.List;

/**
 * One row of the table.
 *
 * @param name       what is done.
 * @param needsRings whether only a server with domains can do it.
 * @param measure    does it once; leaves the store as it was.
 */
record Row(String name, boolean needsRings, Measure measure)
{
    Row(final String name, final Measure measure)
    {
        this(name, false, measure);
    }

    /** @return whether it does nothing but read a node. */
    boolean isReading()
    {
        return name.startsWith("read,");
    }

    /** One round with one server. */
    @FunctionalInterface
    interface Measure
    {
        /** @return always the same figures, in the same order. */
        List<Figure> with(StoreServer server);
    }
}
