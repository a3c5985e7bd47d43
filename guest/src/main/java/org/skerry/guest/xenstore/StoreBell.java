package org.skerry.guest.xenstore;

/** The event channel of a store page, for who waits right there and not on the loop. */
interface StoreBell
{
    /** Ring the store. */
    void notifyRemote();

    /** Sleep until the store has rung, or perhaps for nothing. What was rung since the last call counts. */
    void await();
}
