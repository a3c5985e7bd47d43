package org.skerry.netback;

/**
 * A batch of copies between our own memory and pages that other domains have granted. One hypercall carries them all.
 * No operation may cross the end of a page on either side.
 */
interface GrantCopy
{
    /** Status of a copy that was done. Spec: grant_table.h, GNTST_okay. */
    int OKAY = 0;

    /** Begin a new batch. */
    void clear();

    /** @return how many operations the batch still takes. */
    int room();

    /** Copy from a granted page to us. @return the index of the operation. */
    int addCopyFrom(int granter, int ref, int refOffset, int ownFrame, int ownOffset, int length);

    /** Copy from us to a granted page. @return the index of the operation. */
    int addCopyTo(int ownFrame, int ownOffset, int granter, int ref, int refOffset, int length);

    /** Do all of them. */
    void execute();

    /** @return how the operation went; everything but {@link #OKAY} is a failure. */
    int status(int index);
}
