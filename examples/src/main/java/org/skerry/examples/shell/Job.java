package org.skerry.examples.shell;

/**
 * A command at work. The loop calls {@link #doWork} at every turn, that is after everything that happens; a job that
 * has to wait returns 0 and is asked again. No call takes longer than a fraction of a millisecond.
 */
interface Job
{
    /** @return how many things were done; the loop does not sleep while this is above 0. */
    int doWork();

    /** @return whether there is nothing more to do. */
    boolean isDone();

    /** @return when it wants to be called though nothing happens, {@link Long#MAX_VALUE} for never. */
    default long nextDeadlineNs()
    {
        return Long.MAX_VALUE;
    }

    /** The user pressed ^C: stop, and print nothing more. The job is not called again. */
    default void cancel()
    {
    }
}
