package org.skerry.toolstack;

import java.util.Collection;
import java.util.Locale;

/**
 * Finds what somebody meant who wrote something else.
 */
public final class NearestName
{
    private NearestName()
    {
    }

    /**
     * @param written what somebody wrote.
     * @param known   what can be meant.
     * @return the nearest of them, or null when none is near: more than a third of it would have to change.
     */
    public static String of(final String written, final Collection<String> known)
    {
        final String lower = written.toLowerCase(Locale.ROOT);
        String nearest = null;
        int least = Math.max(1, written.length() / 3) + 1;
        for (final String each : known)
        {
            final int distance = distance(lower, each.toLowerCase(Locale.ROOT), least);
            if (distance < least)
            {
                least = distance;
                nearest = each;
            }
        }

        return nearest;
    }

    /**
     * @param written what somebody wrote.
     * @param known   what can be meant.
     * @return {@code , did you mean 'x'?} or nothing.
     */
    public static String hint(final String written, final Collection<String> known)
    {
        final String nearest = of(written, known);
        return nearest == null ? "" : ", did you mean '" + nearest + "'?";
    }

    /** Edits from a to b: insert, delete, replace, swap two neighbours. Anything from {@code limit} on is the same. */
    private static int distance(final String a, final String b, final int limit)
    {
        if (Math.abs(a.length() - b.length()) >= limit)
        {
            return limit;
        }

        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= a.length(); i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.length(); j++)
            {
                final int replace = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replace, Math.min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1))
                {
                    row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
                }
            }

            final int[] spare = beforeLast;
            beforeLast = last;
            last = row;
            row = spare;
        }

        return last[b.length()];
    }
}
