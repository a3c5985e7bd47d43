package org.skerry.netback;

import org.skerry.guest.DomainMemory;

/** Gives frames of our own memory. */
interface FrameAllocator
{
    /**
     * @param count 1 or more.
     * @return zeroed frames in a row.
     * @throws IllegalStateException when there are no more.
     */
    DomainMemory.Frames allocate(int count);

    /** Take frames back. */
    void free(DomainMemory.Frames frames);
}
