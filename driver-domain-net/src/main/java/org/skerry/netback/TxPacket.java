package org.skerry.netback;

/** One frame on its way out of a guest, between the ring and the uplink. Reused for ever. */
final class TxPacket
{
    /** Of the slots that it took from the ring, in {@link TxServer}'s list. */
    int firstSlot;
    int slotCount;
    /** Where its bytes lie in our memory. */
    int offset;
    int length;
    boolean isChecksumBlank;
    /** Of the copies that bring it, in the batch. */
    int firstCopy;
    int copyCount;
    /** Is it wrong, so that it gets no further? */
    boolean isBad;
}
