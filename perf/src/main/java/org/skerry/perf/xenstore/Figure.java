package org.skerry.perf.xenstore;

/**
 * One figure of a row.
 *
 * @param name           what, with its unit.
 * @param value          of one round, or the median of all.
 * @param isLowerBetter  which way is better.
 */
record Figure(String name, double value, boolean isLowerBetter)
{
    static Figure lower(final String name, final double value)
    {
        return new Figure(name, value, true);
    }

    static Figure higher(final String name, final double value)
    {
        return new Figure(name, value, false);
    }
}
