package org.skerry.perf.link;

/**
 * The half of a link that asks. One owner thread.
 */
public interface FrontLink
{
    /**
     * A run begins.
     *
     * @param spec of the run.
     */
    void begin(RunSpec spec);

    /**
     * Put a request in.
     *
     * @param id        of the request.
     * @param operation BLKIF_OP number.
     * @return false when there is no room now.
     */
    boolean offer(long id, int operation);

    /** Let the back see what was offered, if it does not yet. */
    void flush();

    /**
     * Take responses out.
     *
     * @param handler is told each.
     * @param limit   most to take.
     * @return how many were taken.
     */
    int poll(MessageHandler handler, int limit);

    /**
     * After a one-way run.
     *
     * @return whether nothing of this half waits for the back any more.
     */
    boolean isSettled();

    /** There was nothing to do: wait a little, or until the back has something for us. */
    void idle();

    /** There was something to do. */
    void busy();

    /** @return how often this half rang a bell since the run began. */
    long bellCount();
}
