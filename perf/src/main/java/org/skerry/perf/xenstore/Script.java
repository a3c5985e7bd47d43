package org.skerry.perf.xenstore;

/** What one client does again and again. */
interface Script
{
    /** Put the first request of a unit of work. */
    void begin(StoreLink link);

    /**
     * A reply has come.
     *
     * @return whether it was the unit's last; if not, the next request has been put.
     */
    boolean onReply(StoreLink link);
}
