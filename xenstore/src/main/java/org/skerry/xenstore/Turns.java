package org.skerry.xenstore;

/** When the store goes on: what its loop, or a test, gives it. All tasks run on the store's thread. */
interface Turns
{
    /** @return nanoseconds of a clock that only goes forward. */
    long nanoTime();

    /** Run a task in another turn; in between others are served. */
    void later(Runnable task);

    /** Run a task once, after a while. */
    void after(long delayNs, Runnable task);
}
