package org.skerry.examples.shell;

/** A disk as the commands use it: sectors of 512 bytes, requests that are answered later, never waiting. */
interface Disk
{
    /** Bytes of a sector, whatever the disk's own idea of one is. */
    int SECTOR_LENGTH = 512;

    /** Hears the end of a request. */
    interface Completion
    {
        /** @param status 0, or a negative errno. */
        void onDone(int status);
    }

    /** @return {@code xvda}. */
    String name();

    /** @return its size; 0 while it is not connected. */
    long sectorCount();

    boolean isReadOnly();

    /** @return the state for people: {@code Connected}. */
    String state();

    /** @return whether it has ended for good: requests fail, or find no room for ever. */
    boolean isGone();

    /** @return sectors that a request's begin and length must be multiples of: 1, or 8 on a disk of 4 KiB blocks. */
    int sectorStep();

    /** @return sectors of the largest request. */
    int maxSectors();

    /**
     * @param target holds the bytes, from its beginning, when the completion says 0.
     * @return false when there is no room for a request now; then nothing will be heard of it.
     */
    boolean read(long sector, byte[] target, int sectorCount, Completion completion);

    /**
     * @param source its bytes from the beginning are taken during the call.
     * @return false when there is no room for a request now; then nothing will be heard of it.
     */
    boolean write(long sector, byte[] source, int sectorCount, Completion completion);

    /** @return false when there is no room for a request now; then nothing will be heard of it. */
    boolean flush(Completion completion);
}
