package org.skerry.xenstore;

/** Wants to know each step of the store. */
@FunctionalInterface
interface CommitListener
{
    /**
     * The store has taken a step; nobody has been answered yet.
     *
     * @param commit all of it.
     */
    void onCommit(Commit commit);
}
