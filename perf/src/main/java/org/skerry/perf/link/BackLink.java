package org.skerry.perf.link;

/**
 * The half of a link that answers. One owner thread.
 */
public interface BackLink
{
    /**
     * A run begins.
     *
     * @param spec of the run.
     */
    void begin(RunSpec spec);

    /**
     * Take requests out.
     *
     * @param handler is told each; it may answer at once.
     * @param limit   most to take.
     * @return how many were taken.
     */
    int poll(MessageHandler handler, int limit);

    /**
     * Put in the response to the request that was told last.
     *
     * @param traffic has decoded it.
     * @return false when there is no room now.
     */
    boolean answer(BlkifTraffic traffic);

    /**
     * Nobody waits for a response to the request that was told last; give its room back, if that takes anything.
     *
     * @param traffic has decoded it.
     */
    void release(BlkifTraffic traffic);

    /** Let the front see what was put in, if it does not yet. */
    void flush();

    /** There was nothing to do: wait a little, or until the front has something for us. */
    void idle();

    /** There was something to do. */
    void busy();

    /** @return how often this half rang a bell since the run began. */
    long bellCount();
}
