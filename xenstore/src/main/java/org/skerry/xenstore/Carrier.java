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
     * The carriers whose clients are owed something. Whatever a request causes for whomever is only queued; what was
     * not answered at once is sent when the turn is over, so that it is written down in one group, and each client
     * gets it in one piece.
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

        /** It was added last and is owed nothing any more. */
        void remove(final Carrier carrier)
        {
            carriers.removeLastOccurrence(carrier);
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
