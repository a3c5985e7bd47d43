package org.skerry.xenstore;

import java.util.ArrayDeque;

/** What carries the bytes of one connection. */
interface Carrier
{
    /** Send what waits in the connection's queue, as much as the client takes now. */
    void flush();

    /**
     * The carriers whose clients are owed something. Whatever a request causes for whomever is only queued; all of it
     * is sent when the turn is over, so that each client gets it in one piece.
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

        /** It has sent all that it owed. @return whether nobody owes anything any more. */
        boolean remove(final Carrier carrier)
        {
            carriers.remove(carrier);
            return carriers.isEmpty();
        }

        void flushAll()
        {
            state.publish();

            while (!carriers.isEmpty())
            {
                carriers.remove().flush();
            }
        }
    }
}
