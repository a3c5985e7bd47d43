package org.skerry.toolstack;

import java.util.concurrent.TimeUnit;

/**
 * How long we wait for processes of ours before we call them broken. On a machine that is many times slower than
 * others, an emulated one, {@code SKERRY_PATIENCE=N} makes all of these times N times as long; whoever starts a host
 * hands its own to it.
 */
public final class Patience
{
    /** Environment variable: 1 to 1000. */
    public static final String VARIABLE = "SKERRY_PATIENCE";

    private static final int MAX = 1000;
    private static final int FACTOR = factor(System.getenv(VARIABLE));

    private Patience()
    {
    }

    /**
     * @param time on a machine of today.
     * @param unit of the time.
     * @return the time here, nanoseconds.
     */
    public static long ns(final long time, final TimeUnit unit)
    {
        return unit.toNanos(time) * FACTOR;
    }

    /** @return whether this machine is said to be slow. */
    public static boolean isNeeded()
    {
        return FACTOR > 1;
    }

    /**
     * @param text of the variable, or null.
     * @return the factor; 1 for what is none.
     */
    static int factor(final String text)
    {
        return text != null && text.matches("[0-9]{1,4}") ? Math.clamp(Integer.parseInt(text), 1, MAX) : 1;
    }
}
