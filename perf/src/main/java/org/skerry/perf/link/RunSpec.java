package org.skerry.perf.link;

/**
 * One run over a link, the same for both halves.
 *
 * @param mode       what they do.
 * @param window     most requests under way in {@link RunMode#REQUEST_RESPONSE}, 1 or more; else 0.
 * @param durationNs how long the front sends.
 * @param spinNs     how long a half that has nothing to do looks again and again, before it sleeps on its bell, or
 *                   where the link has no bells, lets others run between two looks.
 */
public record RunSpec(RunMode mode, int window, long durationNs, long spinNs)
{
    private static final String COMMAND = "run";
    private static final int WORD_COUNT = 5;

    /** @return the run as words, for {@link #parse}. */
    public String format()
    {
        return COMMAND + ' ' + mode + ' ' + window + ' ' + durationNs + ' ' + spinNs;
    }

    /**
     * @param line from {@link #format}.
     * @return the run.
     * @throws IllegalArgumentException when it is something else.
     */
    public static RunSpec parse(final String line)
    {
        final String[] words = line.split(" ");
        if (words.length != WORD_COUNT || !words[0].equals(COMMAND))
        {
            throw new IllegalArgumentException("not a run: " + line);
        }

        return new RunSpec(
            RunMode.valueOf(words[1]), Integer.parseInt(words[2]), Long.parseLong(words[3]), Long.parseLong(words[4]));
    }
}
