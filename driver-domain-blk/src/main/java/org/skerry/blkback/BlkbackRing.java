package org.skerry.blkback;

import static org.skerry.wire.Blkif.BLKIF_MAX_SEGMENTS_PER_REQUEST;
import static org.skerry.wire.Blkif.BLKIF_RSP_EOPNOTSUPP;
import static org.skerry.wire.Blkif.BLKIF_RSP_ERROR;
import static org.skerry.wire.Blkif.BLKIF_RSP_OKAY;
import static org.skerry.wire.Blkif.SECTOR_SHIFT;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;
import org.skerry.wire.Errno;
import org.skerry.wire.blkif.BlkifRequestDecoder;
import org.skerry.wire.blkif.BlkifRequestDiscardDecoder;
import org.skerry.wire.blkif.BlkifRequestIndirectDecoder;
import org.skerry.wire.blkif.BlkifRequestSegmentDecoder;
import org.skerry.wire.blkif.BlkifResponseEncoder;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * Serves the requests of one ring against one image, in order, each to its end before the next is looked at.
 *
 * <p>A request is copied to private memory once; the copy is checked, and only the copy is used. A wrong request is
 * answered with an error; only a ring index that cannot be true ends the device. A response is pushed as soon as it is
 * written, so that a successor attaching at {@code rsp_prod} runs nothing again that the frontend has seen answered.
 * One owner thread; nothing is allocated but at the first use of a persistent grant.
 */
final class BlkbackRing implements AutoCloseable
{
    /** Answer of {@link #serve}: the frontend broke the protocol, the device is to be closed. */
    static final int PROTOCOL_VIOLATION = RingLayout.PROTOCOL_VIOLATION;

    private static final int PAGE_LENGTH = 4096;
    private static final int INDIRECT_OFFSET = GrantAccess.MAX_SEGMENTS * PAGE_LENGTH;
    private static final int SEGMENT_LENGTH = BlkifRequestSegmentDecoder.ENCODED_LENGTH;
    private static final int MAX_WAITS = 8;

    /** Instead of a status: pages of the request in hand are on their way. */
    private static final int WAIT = 1;

    private final UnsafeBuffer page;
    private final BackRing back;
    private final DiskImage image;
    private final GrantAccess grants;
    private final PersistentGrants persistentGrants;
    private final boolean isPersistent;
    private final Runnable notifyRemote;
    private final BlkbackStatistics statistics = new BlkbackStatistics();

    private final UnsafeBuffer copy = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Blkif.REQUEST_LENGTH, 64));
    private final BlkifRequestDecoder request = new BlkifRequestDecoder();
    private final BlkifRequestDiscardDecoder discard = new BlkifRequestDiscardDecoder();
    private final BlkifRequestIndirectDecoder indirect = new BlkifRequestIndirectDecoder();
    private final UnsafeBuffer indirectSegments = new UnsafeBuffer(0, 0);
    private final BlkifRequestSegmentDecoder segment = new BlkifRequestSegmentDecoder();
    private final BlkifResponseEncoder response = new BlkifResponseEncoder();

    // The segments of the request in hand, checked; lengths and offsets in bytes.
    private final int[] refs = new int[GrantAccess.MAX_SEGMENTS];
    private final int[] offsets = new int[GrantAccess.MAX_SEGMENTS];
    private final int[] lengths = new int[GrantAccess.MAX_SEGMENTS];
    private final long[] addresses = new long[GrantAccess.MAX_SEGMENTS];
    private int segmentCount;
    private int totalLength;
    private int runEnd;                 // first segment behind the run that runLength has measured

    private boolean isAwake = true;
    private boolean isHeld;             // the request in hand waits for its pages
    private boolean isOnTheWay;
    private int waits;

    /**
     * Attach to a ring at its {@code rsp_prod}.
     *
     * @param page         the ring's pages, a power of two of them, as the frontend granted them.
     * @param image        the disk; stays the caller's.
     * @param grants       the way to the frontend's data pages; stays the caller's.
     * @param isPersistent whether the frontend uses the same pages again and again.
     * @param notifyRemote rings the frontend.
     */
    BlkbackRing(
        final UnsafeBuffer page, final DiskImage image, final GrantAccess grants, final boolean isPersistent,
        final Runnable notifyRemote)
    {
        this.page = page;
        this.back = BackRing.attach(
            page, new RingLayout(Blkif.REQUEST_LENGTH, Blkif.RESPONSE_LENGTH, page.capacity()));
        this.image = image;
        this.grants = grants;
        this.persistentGrants = new PersistentGrants(grants);
        this.isPersistent = isPersistent;
        this.notifyRemote = notifyRemote;
        request.wrap(copy, 0, BlkifRequestDecoder.BLOCK_LENGTH, 0);
        discard.wrap(copy, 0, BlkifRequestDiscardDecoder.BLOCK_LENGTH, 0);
        indirect.wrap(copy, 0, BlkifRequestIndirectDecoder.BLOCK_LENGTH, 0);
        indirectSegments.wrap(grants.bounceAddress() + INDIRECT_OFFSET, PAGE_LENGTH);
    }

    /** @return whether there are requests: the frontend has rung. */
    boolean onEvent()
    {
        isAwake |= !isHeld;
        return back.unconsumedRequests() != 0;
    }

    /**
     * Serve what is in the ring.
     *
     * @param limit most requests to serve, 1 or more.
     * @return 0 when there is nothing to do before the next bell, more when there was or is, or
     *     {@link #PROTOCOL_VIOLATION}.
     */
    int serve(final int limit)
    {
        if (!isAwake)
        {
            return 0;
        }

        int served = 0;
        while (served < limit)
        {
            final int offset = isHeld ? 0 : back.copyRequest(copy, 0);
            if (offset < 0)
            {
                if (offset == PROTOCOL_VIOLATION)
                {
                    return PROTOCOL_VIOLATION;
                }
                isAwake = back.finalCheckForRequests();
                break;
            }
            final int status = execute();
            isHeld = status == WAIT;
            if (isHeld)
            {
                isAwake = false;
                grants.whenMoved(this::onMoved);
                break;
            }
            waits = 0;
            respond(status);
            served++;
        }

        return served > 0 || isAwake ? Math.max(1, served) : 0;
    }

    /** @return counters of this ring. */
    BlkbackStatistics statistics()
    {
        return statistics;
    }

    /** @return pages of the frontend that are kept mapped. */
    int persistentGrantCount()
    {
        return persistentGrants.size();
    }

    /** Unmap the frontend's data pages. */
    @Override
    public void close()
    {
        persistentGrants.close();
    }

    private void onMoved()
    {
        waits++;
        isAwake = true;
    }

    private void respond(final int status)
    {
        response.wrap(page, back.claimResponse())
            .reqId(request.reqId()).operation(responseOperation()).pad((short)0).status((short)status).pad2(0);
        if (back.pushResponsesAndCheckNotify())
        {
            notifyRemote.run();
        }
    }

    /** A frontend wants to hear of an indirect request as of the operation inside it. */
    private short responseOperation()
    {
        return request.operation() == Blkif.BLKIF_OP_INDIRECT ? indirect.indirectOp() : request.operation();
    }

    private int execute()
    {
        switch (request.operation())
        {
            case Blkif.BLKIF_OP_READ:
                return read(checkDirect());
            case Blkif.BLKIF_OP_WRITE:
                return write(checkDirect());
            case Blkif.BLKIF_OP_INDIRECT:
                return indirect();
            case Blkif.BLKIF_OP_WRITE_BARRIER:
                return barrier();
            case Blkif.BLKIF_OP_FLUSH_DISKCACHE:
                return flush();
            case Blkif.BLKIF_OP_DISCARD:
                return discard();
            default:
                statistics.unknownRequests++;
                return BLKIF_RSP_EOPNOTSUPP;
        }
    }

    private int indirect()
    {
        final int count = indirect.nrSegments();
        final int operation = indirect.indirectOp();
        if (count < 1 || count > GrantAccess.MAX_SEGMENTS ||
            operation != Blkif.BLKIF_OP_READ && operation != Blkif.BLKIF_OP_WRITE)
        {
            return refuse();
        }
        grants.addCopyFrom((int)indirect.indirectGrefs(0), 0, INDIRECT_OFFSET, count * SEGMENT_LENGTH);
        if (!grants.copy())
        {
            return refuse();
        }
        final boolean isRight = checkSegments(indirectSegments, 0, count);

        return operation == Blkif.BLKIF_OP_READ ? read(isRight) : write(isRight);
    }

    private int read(final boolean isRight)
    {
        if (!isRight)
        {
            return refuse();
        }
        final boolean isMapped = isMapped();
        if (isOnTheWay)
        {
            return WAIT;
        }
        statistics.readRequests++;
        statistics.sectorsRead += totalLength >> SECTOR_SHIFT;

        final long position = request.sectorNumber() << SECTOR_SHIFT;
        return isMapped ? answer(readMapped(position)) : readCopied(position);
    }

    private int write(final boolean isRight)
    {
        if (!isRight || image.isReadOnly())
        {
            return refuse();
        }
        final boolean isMapped = isMapped();
        if (isOnTheWay)
        {
            return WAIT;
        }
        statistics.writeRequests++;
        statistics.sectorsWritten += totalLength >> SECTOR_SHIFT;

        final long position = request.sectorNumber() << SECTOR_SHIFT;
        return isMapped ? answer(writeMapped(position)) : writeCopied(position);
    }

    private int barrier()
    {
        final int status = flush();
        return status == BLKIF_RSP_OKAY && request.nrSegments() > 0 ? answer(image.flush()) : status;
    }

    private int flush()
    {
        statistics.flushRequests++;
        final int status = answer(image.flush());
        return status == BLKIF_RSP_OKAY && request.nrSegments() > 0 ? write(checkDirect()) : status;
    }

    private int discard()
    {
        final long sector = discard.sectorNumber();
        final long count = discard.nrSectors();
        if (image.isReadOnly() || count <= 0 || !isInside(sector, count))
        {
            return refuse();
        }
        statistics.discardRequests++;

        final int result = image.discard(sector << SECTOR_SHIFT, count << SECTOR_SHIFT);
        return result == Errno.EOPNOTSUPP.negative() ? BLKIF_RSP_EOPNOTSUPP : answer(result);
    }

    private boolean checkDirect()
    {
        final int count = request.nrSegments();
        return count >= 1 && count <= BLKIF_MAX_SEGMENTS_PER_REQUEST &&
            checkSegments(copy, Blkif.segmentOffset(0), count);
    }

    /** Look at all segments and at the range of sectors; when all is well they stand in our arrays. */
    private boolean checkSegments(final UnsafeBuffer segments, final int firstOffset, final int count)
    {
        segmentCount = count;
        totalLength = 0;
        for (int i = 0; i < count; i++)
        {
            segment.wrap(segments, firstOffset + i * SEGMENT_LENGTH);
            final int firstSect = segment.firstSect();
            final int lastSect = segment.lastSect();
            if (firstSect > lastSect || lastSect >= Blkif.SECTORS_PER_PAGE)
            {
                return false;
            }
            refs[i] = (int)segment.gref();
            offsets[i] = firstSect << SECTOR_SHIFT;
            lengths[i] = (lastSect - firstSect + 1) << SECTOR_SHIFT;
            totalLength += lengths[i];
        }

        return isInside(request.sectorNumber(), totalLength >> SECTOR_SHIFT);
    }

    /** Both numbers come from the frontend: no sum that could overflow. */
    private boolean isInside(final long sector, final long count)
    {
        return sector >= 0 && count <= image.sectorCount() && sector <= image.sectorCount() - count;
    }

    /** Asks for all pages, so that those that have to be moved are moved at one stop of the frontend's domain. */
    private boolean isMapped()
    {
        isOnTheWay = false;
        boolean isMapped = isPersistent;
        for (int i = 0; isPersistent && i < segmentCount; i++)
        {
            final long address = persistentGrants.addressOf(refs[i]);
            isOnTheWay |= address == PersistentGrants.ON_THE_WAY && waits < MAX_WAITS;
            isMapped &= address > 0;
            addresses[i] = address + offsets[i];
        }

        return isMapped;
    }

    /** Pages that lie one behind the other in the window are one call. */
    private int readMapped(final long filePosition)
    {
        long position = filePosition;
        int i = 0;
        while (i < segmentCount)
        {
            final int length = runLength(i);
            final int result = image.read(addresses[i], length, position);
            if (result < 0)
            {
                return result;
            }
            position += length;
            i = runEnd;
        }

        return 0;
    }

    private int writeMapped(final long filePosition)
    {
        long position = filePosition;
        int i = 0;
        while (i < segmentCount)
        {
            final int length = runLength(i);
            final int result = image.write(addresses[i], length, position);
            if (result < 0)
            {
                return result;
            }
            position += length;
            i = runEnd;
        }

        return 0;
    }

    private int runLength(final int first)
    {
        int length = lengths[first];
        int next = first + 1;
        while (next < segmentCount && addresses[next] == addresses[first] + length)
        {
            length += lengths[next];
            next++;
        }
        runEnd = next;

        return length;
    }

    private int readCopied(final long position)
    {
        statistics.copiedRequests++;
        final int result = image.read(grants.bounceAddress(), totalLength, position);
        if (result < 0)
        {
            return answer(result);
        }
        planCopies(true);

        return grants.copy() ? BLKIF_RSP_OKAY : answer(Errno.EFAULT.negative());
    }

    private int writeCopied(final long position)
    {
        statistics.copiedRequests++;
        planCopies(false);
        if (!grants.copy())
        {
            return answer(Errno.EFAULT.negative());
        }

        return answer(image.write(grants.bounceAddress(), totalLength, position));
    }

    /** The data lies packed in bounce memory, so that the file is touched once; no copy may cross a page there. */
    private void planCopies(final boolean isToFrontend)
    {
        int bounceOffset = 0;
        for (int i = 0; i < segmentCount; i++)
        {
            int done = 0;
            while (done < lengths[i])
            {
                final int length = Math.min(lengths[i] - done, PAGE_LENGTH - (bounceOffset & (PAGE_LENGTH - 1)));
                if (isToFrontend)
                {
                    grants.addCopyTo(bounceOffset, refs[i], offsets[i] + done, length);
                }
                else
                {
                    grants.addCopyFrom(refs[i], offsets[i] + done, bounceOffset, length);
                }
                done += length;
                bounceOffset += length;
            }
        }
    }

    private int refuse()
    {
        statistics.refusedRequests++;
        return BLKIF_RSP_ERROR;
    }

    private int answer(final int result)
    {
        if (result < 0)
        {
            statistics.failedRequests++;
            return BLKIF_RSP_ERROR;
        }

        return BLKIF_RSP_OKAY;
    }
}
