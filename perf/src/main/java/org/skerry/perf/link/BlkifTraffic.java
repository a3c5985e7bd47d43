package org.skerry.perf.link;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;
import org.skerry.wire.blkif.BlkifRequestDecoder;
import org.skerry.wire.blkif.BlkifRequestEncoder;
import org.skerry.wire.blkif.BlkifRequestSegmentDecoder;
import org.skerry.wire.blkif.BlkifRequestSegmentEncoder;
import org.skerry.wire.blkif.BlkifResponseDecoder;
import org.skerry.wire.blkif.BlkifResponseEncoder;

/**
 * Block requests with all 11 segments in use, and their responses: what every link carries. All fields follow from
 * the id, so a receiver can tell a spoiled message. One thread; allocates nothing.
 */
public final class BlkifTraffic
{
    private static final int SEGMENT_COUNT = Blkif.BLKIF_MAX_SEGMENTS_PER_REQUEST;
    private static final int HANDLE = 51712;
    private static final int LAST_SECT = Blkif.SECTORS_PER_PAGE - 1;
    private static final int SECTORS_PER_REQUEST = SEGMENT_COUNT * Blkif.SECTORS_PER_PAGE;
    private static final long GREF_MASK = 0xFFFF_FFFFL;

    private final BlkifRequestEncoder requestEncoder = new BlkifRequestEncoder();
    private final BlkifRequestSegmentEncoder segmentEncoder = new BlkifRequestSegmentEncoder();
    private final BlkifRequestDecoder requestDecoder = new BlkifRequestDecoder();
    private final BlkifRequestSegmentDecoder segmentDecoder = new BlkifRequestSegmentDecoder();
    private final BlkifResponseEncoder responseEncoder = new BlkifResponseEncoder();
    private final BlkifResponseDecoder responseDecoder = new BlkifResponseDecoder();
    private long id;
    private int operation;

    /**
     * Write all 112 bytes of a request.
     *
     * @param buffer      of the slot.
     * @param offset      of the slot.
     * @param requestId   any.
     * @param requestedOp BLKIF_OP number.
     */
    public void encodeRequest(
        final UnsafeBuffer buffer, final int offset, final long requestId, final int requestedOp)
    {
        requestEncoder.wrap(buffer, offset)
            .operation((short)requestedOp)
            .nrSegments((short)SEGMENT_COUNT)
            .handle(HANDLE)
            .pad(0)
            .reqId(requestId)
            .sectorNumber(requestId * SECTORS_PER_REQUEST);
        for (int i = 0; i < SEGMENT_COUNT; i++)
        {
            segmentEncoder.wrap(buffer, offset + Blkif.segmentOffset(i))
                .gref(requestId + i & GREF_MASK)
                .firstSect((short)0)
                .lastSect((short)LAST_SECT)
                .pad(0);
        }
    }

    /**
     * Read all fields of a request.
     *
     * @param buffer of the message, which nobody else changes.
     * @param offset of the message.
     * @return whether every field is what its id says it must be; {@link #id} and {@link #operation} tell the rest.
     */
    public boolean decodeRequest(final UnsafeBuffer buffer, final int offset)
    {
        requestDecoder.wrap(buffer, offset, BlkifRequestDecoder.BLOCK_LENGTH, BlkifRequestDecoder.SCHEMA_VERSION);
        id = requestDecoder.reqId();
        operation = requestDecoder.operation();
        long difference = (requestDecoder.nrSegments() ^ SEGMENT_COUNT) | (requestDecoder.handle() ^ HANDLE) |
            (requestDecoder.sectorNumber() ^ id * SECTORS_PER_REQUEST);
        for (int i = 0; i < SEGMENT_COUNT; i++)
        {
            segmentDecoder.wrap(buffer, offset + Blkif.segmentOffset(i));
            difference |= (segmentDecoder.gref() ^ (id + i & GREF_MASK)) | segmentDecoder.firstSect() |
                (segmentDecoder.lastSect() ^ LAST_SECT);
        }

        return difference == 0;
    }

    /**
     * Write all 16 bytes of a response to the request that was decoded last.
     *
     * @param buffer of the slot.
     * @param offset of the slot.
     */
    public void encodeResponse(final UnsafeBuffer buffer, final int offset)
    {
        responseEncoder.wrap(buffer, offset)
            .reqId(id)
            .operation((short)operation)
            .pad((short)0)
            .status((short)Blkif.BLKIF_RSP_OKAY)
            .pad2(0);
    }

    /**
     * Read all fields of a response.
     *
     * @param buffer of the message.
     * @param offset of the message.
     * @return whether it says that all went well; {@link #id} tells which request it answers.
     */
    public boolean decodeResponse(final UnsafeBuffer buffer, final int offset)
    {
        responseDecoder.wrap(buffer, offset, BlkifResponseDecoder.BLOCK_LENGTH, BlkifResponseDecoder.SCHEMA_VERSION);
        id = responseDecoder.reqId();
        operation = responseDecoder.operation();

        return responseDecoder.status() == Blkif.BLKIF_RSP_OKAY;
    }

    /** @return id of the message that was decoded last. */
    public long id()
    {
        return id;
    }

    /** @return BLKIF_OP number of the message that was decoded last. */
    public int operation()
    {
        return operation;
    }
}
