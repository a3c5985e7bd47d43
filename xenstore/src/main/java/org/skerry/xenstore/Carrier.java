package org.skerry.xenstore;

import java.util.ArrayDeque;

/** What carries the bytes of one connection. */
interface Carrier
{
    /**
     * Send what waits in the connection's queue, if that can be done before anything is written down.
     *
     * @return whether all of it was sent.
     */
    default boolean answer()
    {
        return false;
    }

    /** Send what waits in the connection's queue, as much as the client takes now. */
    void flush();

    /**
     * The carriers whose clients are owed something. Whatever a request causes for whomever is only queued; all of it
     * is sent when the turn is over, so that each client gets it in one piece, and clients that wait together are
     * woken together.
     */
    final class Owing
    {
        private final ArrayDeque<Carrier> carriers = new ArrayDeque<>();
        private final StateLog state;

        /** @param state is published before anything is sent. */
        Owing(final StateLog state)
        {
            this.state = state;
        }

        /** @return what is published. */
        StateLog state()
        {
            return state;
        }

        /** To be called once for each carrier until it is flushed. */
        void add(final Carrier carrier)
        {
            carriers.add(carrier);
        }

        void flushAll()
        {
            carriers.removeIf(Carrier::answer);

            if (carriers.isEmpty() && state.isAllAnswered())
            {
                return;
            }

            state.publish();

            while (!carriers.isEmpty())
            {
                carriers.remove().flush();
            }
        }
    }
}
