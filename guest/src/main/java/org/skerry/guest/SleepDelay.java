package org.skerry.guest;

/**
 * How long to look for work before a sleep. A sleep and a wake-up cost some microseconds, for who is woken and for who
 * wakes; where work comes sooner than that, looking is cheaper. The last wait tells how long the next will be, as
 * Linux's {@code haltpoll} has it: after a long one nobody looks.
 */
final class SleepDelay
{
    private final long limitNs;
    private boolean isShort;

    /** @param limitNs longest look, 0 for none. */
    SleepDelay(final long limitNs)
    {
        this.limitNs = limitNs;
    }

    /** @return nanoseconds to look before the next sleep. */
    long ns()
    {
        return isShort ? limitNs : 0;
    }

    /** @param waitedNs from when there was no work to when there was, slept or not. */
    void waited(final long waitedNs)
    {
        isShort = waitedNs <= limitNs;
    }
}
