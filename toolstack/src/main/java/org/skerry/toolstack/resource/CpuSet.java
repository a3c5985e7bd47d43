package org.skerry.toolstack.resource;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Some of the CPUs of a machine, as xl writes them: {@code all}, {@code 0-3,^1}, {@code none}.
 *
 * @param cpus numbers, ascending; not to be changed.
 */
public record CpuSet(BitSet cpus)
{
    /** CPUs that a set can name. */
    public static final int MAX_CPUS = 1024;

    private static final Pattern RANGE = Pattern.compile("(\\^?)(?:(nodes?):)?(all|(\\d{1,4})(?:-(\\d{1,4}))?)");

    /** A set of its own. */
    public CpuSet
    {
        cpus = (BitSet)cpus.clone();
    }

    /**
     * @param count of CPUs.
     * @return CPU 0 to count - 1.
     */
    public static CpuSet first(final int count)
    {
        final BitSet cpus = new BitSet();
        cpus.set(0, count);

        return new CpuSet(cpus);
    }

    /**
     * @param text  comma separated {@code N}, {@code N-M}, {@code all}, {@code node:N}, each with {@code ^} to take it
     *              out again; a machine is one node here.
     * @param count of CPUs that the machine has.
     * @return those of them that it names.
     * @throws IllegalArgumentException when it cannot be read or names none of them.
     */
    public static CpuSet parse(final String text, final int count)
    {
        final BitSet cpus = new BitSet();
        boolean isFirst = true;
        for (final String part : text.strip().split(","))
        {
            final Matcher matcher = RANGE.matcher(part.strip());
            if (!matcher.matches())
            {
                throw new IllegalArgumentException("no set of CPUs: '" + text + "'");
            }
            final BitSet range = range(matcher, count, text);
            if (matcher.group(1).isEmpty())
            {
                cpus.or(range);
            }
            else
            {
                if (isFirst)
                {
                    cpus.set(0, count);
                }
                cpus.andNot(range);
            }
            isFirst = false;
        }
        if (cpus.isEmpty())
        {
            throw new IllegalArgumentException("'" + text + "' names none of the " + count + " CPUs of this host");
        }

        return new CpuSet(cpus);
    }

    /** @return their numbers, ascending. */
    public int[] toArray()
    {
        return cpus.stream().toArray();
    }

    /**
     * @param other set.
     * @return what is in one of them.
     */
    public CpuSet or(final CpuSet other)
    {
        final BitSet both = (BitSet)cpus.clone();
        both.or(other.cpus);

        return new CpuSet(both);
    }

    /**
     * @param count of CPUs that the machine has.
     * @return as xl writes it.
     */
    public String format(final int count)
    {
        if (cpus.cardinality() >= count)
        {
            return "all";
        }
        final StringBuilder text = new StringBuilder();
        for (int first = cpus.nextSetBit(0); first >= 0; first = cpus.nextSetBit(cpus.nextClearBit(first)))
        {
            final int last = cpus.nextClearBit(first) - 1;
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (last > first)
            {
                text.append('-').append(last);
            }
        }

        return text.isEmpty() ? "none" : text.toString();
    }

    private static BitSet range(final Matcher matcher, final int count, final String text)
    {
        final boolean isNode = matcher.group(2) != null;
        final boolean isAll = matcher.group(4) == null;
        final int first = isAll ? 0 : Integer.parseInt(matcher.group(4));
        final int last = isAll ? count - 1 : matcher.group(5) == null ? first : Integer.parseInt(matcher.group(5));
        if (first > last)
        {
            throw new IllegalArgumentException("no set of CPUs: '" + text + "'");
        }
        final BitSet range = new BitSet();
        if (!isNode)
        {
            IntStream.rangeClosed(first, Math.min(last, count - 1)).forEach(range::set);
        }
        else if (first == 0)
        {
            range.set(0, count);
        }

        return range;
    }
}
