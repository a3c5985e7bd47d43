package org.skerry.tests.sim;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/** What happened, in order: a hash over all of it, and the last lines. */
final class Trace
{
    private static final int KEPT = Integer.getInteger("skerry.sim.lines", 150);
    private static final long FNV_BASIS = 0xCBF29CE484222325L;
    private static final long FNV_PRIME = 0x100000001B3L;

    private final ArrayDeque<String> last = new ArrayDeque<>();
    private long hash = FNV_BASIS;
    private long count;
    private final Map<String, Integer> counts = new TreeMap<>();

    void add(final String line)
    {
        for (int i = 0; i < line.length(); i++)
        {
            hash = (hash ^ line.charAt(i)) * FNV_PRIME;
        }
        count++;
        counts.merge(line.trim().replaceAll("[^a-zA-Z ].*", ""), 1, Integer::sum);
        if (last.size() == KEPT)
        {
            last.remove();
        }
        last.add(count + " " + line);
    }

    /** @return equal for two runs in which the same happened. */
    long hash()
    {
        return hash;
    }

    /** @return lines with each beginning. */
    Map<String, Integer> counts()
    {
        return counts;
    }

    /** @return a stream whose lines are events too: what the domains print belongs to what happened. */
    PrintStream asStream()
    {
        final ByteArrayOutputStream line = new ByteArrayOutputStream()
        {
            @Override
            public synchronized void write(final int value)
            {
                if (value == '\n')
                {
                    add("    " + toString(StandardCharsets.UTF_8));
                    reset();
                }
                else
                {
                    super.write(value);
                }
            }

            @Override
            public synchronized void write(final byte[] bytes, final int offset, final int length)
            {
                for (int i = 0; i < length; i++)
                {
                    write(bytes[offset + i]);
                }
            }
        };

        return new PrintStream(line, true, StandardCharsets.UTF_8);
    }

    @Override
    public String toString()
    {
        return String.join("\n", last);
    }
}
