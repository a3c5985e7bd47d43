package org.skerry.wire.ring;

import org.agrona.DirectBuffer;

/**
 * Where things stand in the pages of a shared ring: four indices, padding up to byte 64, then as many slots as fit,
 * rounded down to a power of two. A slot holds a request or a response.
 * <pre>
 *    0  req_prod    index after the last request the front has pushed            written by the front
 *    4  req_event   the back wants a bell when req_prod passes this index - 1    written by the back
 *    8  rsp_prod    index after the last response the back has pushed            written by the back
 *   12  rsp_event   the front wants a bell when rsp_prod passes this index - 1   written by the front
 *   16  private bytes and padding
 *   64  slots
 * </pre>
 * Spec: io/ring.h, DEFINE_RING_TYPES and __RING_SIZE.
 *
 * @param requestLength  bytes of a request, as C's sizeof says.
 * @param responseLength bytes of a response, as C's sizeof says.
 * @param areaLength     bytes of all pages of the ring together.
 */
public record RingLayout(int requestLength, int responseLength, int areaLength)
{
    /** Offset of {@code req_prod}. */
    public static final int REQ_PROD_OFFSET = 0;

    /** Offset of {@code req_event}. */
    public static final int REQ_EVENT_OFFSET = 4;

    /** Offset of {@code rsp_prod}. */
    public static final int RSP_PROD_OFFSET = 8;

    /** Offset of {@code rsp_event}. */
    public static final int RSP_EVENT_OFFSET = 12;

    /** Offset of the first slot. */
    public static final int SLOTS_OFFSET = 64;

    /** Answer instead of a slot's offset: there is no message, or no slot is free. */
    public static final int NOTHING = -1;

    /** Answer instead of a slot's offset or a count: the peer's index cannot be true. Close the device. */
    public static final int PROTOCOL_VIOLATION = -2;

    private static final int MAX_AREA_LENGTH = 1 << 20;

    /**
     * @throws IllegalArgumentException when a length is not positive, not a multiple of 4, or no slot fits.
     */
    public RingLayout
    {
        if (requestLength <= 0 || responseLength <= 0 || areaLength > MAX_AREA_LENGTH ||
            ((requestLength | responseLength) & 3) != 0 ||
            areaLength - SLOTS_OFFSET < Math.max(requestLength, responseLength))
        {
            throw new IllegalArgumentException("no ring of these lengths: requestLength=" + requestLength +
                ", responseLength=" + responseLength + ", areaLength=" + areaLength);
        }
    }

    /** @return bytes from one slot to the next: the longer one of request and response. */
    public int slotLength()
    {
        return Math.max(requestLength, responseLength);
    }

    /** @return number of slots, a power of two. */
    public int slotCount()
    {
        return Integer.highestOneBit((areaLength - SLOTS_OFFSET) / slotLength());
    }

    /**
     * Where the slot of an index begins.
     *
     * @param index a free-running index; every value is right.
     * @return offset of its slot from the beginning of the ring.
     */
    public int slotOffset(final int index)
    {
        return SLOTS_OFFSET + (index & (slotCount() - 1)) * slotLength();
    }

    /**
     * Check once, where a ring is made, that the memory is as long as the layout.
     *
     * @param area the pages of a ring.
     * @throws IllegalArgumentException when it is shorter.
     */
    void requireFits(final DirectBuffer area)
    {
        if (area.capacity() < areaLength)
        {
            throw new IllegalArgumentException("ring memory is too short: capacity=" + area.capacity() +
                ", areaLength=" + areaLength);
        }
    }
}
