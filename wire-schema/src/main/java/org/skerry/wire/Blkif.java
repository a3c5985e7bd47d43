package org.skerry.wire;

import org.skerry.wire.ring.RingLayout;

/**
 * Numbers of the block ring protocol, under the names of the header they come from.
 *
 * <p>Spec: io/blkif.h.
 */
public final class Blkif
{
    /** Fill the segments from the disk. */
    public static final int BLKIF_OP_READ = 0;
    /** Write the segments to the disk. */
    public static final int BLKIF_OP_WRITE = 1;
    /** Write after everything before and before everything after it, and make it last. Optional: feature-barrier. */
    public static final int BLKIF_OP_WRITE_BARRIER = 2;
    /** Make all completed writes last. Optional: feature-flush-cache. */
    public static final int BLKIF_OP_FLUSH_DISKCACHE = 3;
    /** The sectors' content is not needed any more. Optional: feature-discard. */
    public static final int BLKIF_OP_DISCARD = 5;
    /** Read or write with segments in pages of their own. Optional: feature-max-indirect-segments. */
    public static final int BLKIF_OP_INDIRECT = 6;

    /** Done. */
    public static final int BLKIF_RSP_OKAY = 0;
    /** Not done: a wrong request, or the disk failed. */
    public static final int BLKIF_RSP_ERROR = -1;
    /** Not done: this backend does not have the operation. */
    public static final int BLKIF_RSP_EOPNOTSUPP = -2;

    /** Segments that stand in a request itself. */
    public static final int BLKIF_MAX_SEGMENTS_PER_REQUEST = 11;
    /** Pages of segments that an indirect request can name. */
    public static final int BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST = 8;

    /** A CD. Bit of the backend's {@code info}. */
    public static final int VDISK_CDROM = 1;
    /** The medium can be taken out. Bit of the backend's {@code info}. */
    public static final int VDISK_REMOVABLE = 2;
    /** Writes are refused. Bit of the backend's {@code info}. */
    public static final int VDISK_READONLY = 4;

    /** Bytes of the unit in which the ring counts, whatever the disk's sector-size is. */
    public static final int SECTOR_LENGTH = 512;
    /** Sector numbers shifted left by this are bytes. */
    public static final int SECTOR_SHIFT = 9;
    /** Sectors in a page. */
    public static final int SECTORS_PER_PAGE = 8;
    /** What the frontend writes under {@code protocol}. Spec: io/protocols.h, XEN_IO_PROTO_ABI_X86_64. */
    public static final String PROTOCOL_X86_64 = "x86_64-abi";

    /** Bytes of a request. */
    public static final int REQUEST_LENGTH = 112;
    /** Bytes of a response. */
    public static final int RESPONSE_LENGTH = 16;
    /** The ring in one page: 32 slots. */
    public static final RingLayout RING_LAYOUT = new RingLayout(REQUEST_LENGTH, RESPONSE_LENGTH, 4096);

    private static final int SEGMENTS_OFFSET = 24;
    private static final int SEGMENT_LENGTH = 8;

    private Blkif()
    {
    }

    /**
     * @param index 0 to 10.
     * @return where that segment begins in a request, in bytes.
     */
    public static int segmentOffset(final int index)
    {
        return SEGMENTS_OFFSET + index * SEGMENT_LENGTH;
    }
}
