package org.skerry.xenstore;

/** What a snapshot is made of. */
interface StateSource
{
    /** Write all but the nodes. */
    void writeState(RecordWriter out);

    /** @return the nodes. */
    Tree tree();
}
