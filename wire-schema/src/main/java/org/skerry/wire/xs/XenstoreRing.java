package org.skerry.wire.xs;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.xswire.XenstoreDomainInterfaceDecoder;

/**
 * One half of a xenstore page: a ring of bytes that we fill and one that we empty. The client fills {@code req} and
 * empties {@code rsp}, the server the other way round; the same code serves both.
 *
 * <p>Every index that the other side can write is read once per call and checked before it leads anywhere: a producer
 * that is ahead of its consumer by more than the ring holds is a {@link #PROTOCOL_VIOLATION}. The server keeps its own
 * indices to itself and only publishes them, since a guest can write all of the page. The client's own indices live in
 * the page, since the server may begin the ring anew when the toolstack introduces the domain again. Every index is
 * stored as one 32-bit store. Nothing here rings a bell; whoever moved an index tells the peer.
 *
 * <p>One owner thread. Nothing is allocated.
 *
 * <p>Spec: docs/misc/xenstore-ring.txt.
 */
public final class XenstoreRing
{
    /** Answer to a call that found indices which no honest peer can have written. */
    public static final int PROTOCOL_VIOLATION = -1;

    /** Bytes of the page that are in use. */
    public static final int LENGTH = XenstoreDomainInterfaceDecoder.BLOCK_LENGTH;

    private static final int SIZE = XsWire.RING_SIZE;
    private static final int REQ_OFFSET = XenstoreDomainInterfaceDecoder.reqEncodingOffset();
    private static final int RSP_OFFSET = XenstoreDomainInterfaceDecoder.rspEncodingOffset();
    private static final int REQ_CONS_OFFSET = XenstoreDomainInterfaceDecoder.reqConsEncodingOffset();
    private static final int REQ_PROD_OFFSET = XenstoreDomainInterfaceDecoder.reqProdEncodingOffset();
    private static final int RSP_CONS_OFFSET = XenstoreDomainInterfaceDecoder.rspConsEncodingOffset();
    private static final int RSP_PROD_OFFSET = XenstoreDomainInterfaceDecoder.rspProdEncodingOffset();
    private static final int FEATURES_OFFSET = XenstoreDomainInterfaceDecoder.serverFeaturesEncodingOffset();
    private static final int CONNECTION_OFFSET = XenstoreDomainInterfaceDecoder.connectionEncodingOffset();
    private static final int ERROR_OFFSET = XenstoreDomainInterfaceDecoder.connectionErrorEncodingOffset();

    private final UnsafeBuffer page;
    private final boolean isServer;
    private final int writeBytesOffset;
    private final int writeProdOffset;
    private final int writeConsOffset;
    private final int readBytesOffset;
    private final int readProdOffset;
    private final int readConsOffset;
    private int writeProdPvt;
    private int readConsPvt;

    private XenstoreRing(final UnsafeBuffer page, final boolean isServer)
    {
        page.boundsCheck(0, LENGTH);
        this.page = page;
        this.isServer = isServer;
        writeBytesOffset = isServer ? RSP_OFFSET : REQ_OFFSET;
        writeProdOffset = isServer ? RSP_PROD_OFFSET : REQ_PROD_OFFSET;
        writeConsOffset = isServer ? RSP_CONS_OFFSET : REQ_CONS_OFFSET;
        readBytesOffset = isServer ? REQ_OFFSET : RSP_OFFSET;
        readProdOffset = isServer ? REQ_PROD_OFFSET : RSP_PROD_OFFSET;
        readConsOffset = isServer ? REQ_CONS_OFFSET : RSP_CONS_OFFSET;
        writeProdPvt = page.getIntVolatile(writeProdOffset);
        readConsPvt = page.getIntVolatile(readConsOffset);
    }

    /**
     * The domain's half.
     *
     * @param page the store page, at least {@link #LENGTH} bytes.
     * @return the half that writes {@code req} and reads {@code rsp}.
     */
    public static XenstoreRing client(final UnsafeBuffer page)
    {
        return new XenstoreRing(page, false);
    }

    /**
     * Xenstore's half. Our indices start where the page says, so that a page in use can be taken over.
     *
     * @param page the store page, at least {@link #LENGTH} bytes.
     * @return the half that writes {@code rsp} and reads {@code req}.
     */
    public static XenstoreRing server(final UnsafeBuffer page)
    {
        return new XenstoreRing(page, true);
    }

    /**
     * Xenstore's half of a page that it served before: what the page says is the domain's word, the indices are ours.
     *
     * @param page    the store page, at least {@link #LENGTH} bytes.
     * @param rspProd bytes that the domain was given so far, modulo 2^32.
     * @param reqCons bytes that were taken from the domain so far, modulo 2^32.
     * @return the half that goes on there; both indices are published again.
     */
    public static XenstoreRing server(final UnsafeBuffer page, final int rspProd, final int reqCons)
    {
        final XenstoreRing ring = server(page);
        ring.writeProdPvt = rspProd;
        ring.readConsPvt = reqCons;
        page.putIntRelease(RSP_PROD_OFFSET, rspProd);
        page.putIntRelease(REQ_CONS_OFFSET, reqCons);
        return ring;
    }

    /** @return bytes written so far, modulo 2^32: for the server, which keeps it where it outlives the process. */
    public int writtenIndex()
    {
        return writeProd();
    }

    /** @return bytes read so far, modulo 2^32. */
    public int readIndex()
    {
        return readCons();
    }

    /** @return bytes that {@link #write} would take now, 0 to 1024, or {@link #PROTOCOL_VIOLATION}. */
    public int writable()
    {
        return room(writeProd());
    }

    /**
     * Put as many bytes as there is room for, and publish them.
     *
     * @param source holder of the bytes.
     * @param offset of the first one.
     * @param length 0 or more.
     * @return bytes taken, 0 to length, or {@link #PROTOCOL_VIOLATION}.
     */
    public int write(final byte[] source, final int offset, final int length)
    {
        final int count = stage(source, offset, length);
        publish(count);
        return count;
    }

    /**
     * Put as many bytes as there is room for where the reader does not look yet. Staging again begins at the same
     * place.
     *
     * @param source holder of the bytes.
     * @param offset of the first one.
     * @param length 0 or more.
     * @return bytes that {@link #publish} may publish, 0 to length, or {@link #PROTOCOL_VIOLATION}.
     */
    public int stage(final byte[] source, final int offset, final int length)
    {
        final int prod = writeProd();
        final int count = Math.min(room(prod), length);

        if (count > 0)
        {
            final int index = prod & (SIZE - 1);
            final int firstLength = Math.min(count, SIZE - index);
            page.putBytes(writeBytesOffset + index, source, offset, firstLength);
            page.putBytes(writeBytesOffset, source, offset + firstLength, count - firstLength);
        }

        return count;
    }

    /** Publish bytes that were staged; nothing for a count of 0 or less. */
    public void publish(final int count)
    {
        if (count > 0)
        {
            writeProdPvt = writeProd() + count;
            page.putIntRelease(writeProdOffset, writeProdPvt);   // the reader sees the bytes before the index
        }
    }

    /** @return bytes that {@link #read} would give now, 0 to 1024, or {@link #PROTOCOL_VIOLATION}. */
    public int readable()
    {
        return used(readCons());
    }

    /**
     * Take as many bytes as there are, and give their room back.
     *
     * @param target where they go.
     * @param offset of the first one there.
     * @param length room in the target, 0 or more.
     * @return bytes taken, 0 to length, or {@link #PROTOCOL_VIOLATION}.
     */
    public int read(final byte[] target, final int offset, final int length)
    {
        final int count = peek(target, offset, length);
        consume(count);
        return count;
    }

    /**
     * Copy as many bytes as there are, and leave them in the ring.
     *
     * @param target where they go.
     * @param offset of the first one there.
     * @param length room in the target, 0 or more.
     * @return bytes copied, 0 to length, or {@link #PROTOCOL_VIOLATION}.
     */
    public int peek(final byte[] target, final int offset, final int length)
    {
        final int cons = readCons();
        final int count = Math.min(used(cons), length);

        if (count > 0)
        {
            final int index = cons & (SIZE - 1);
            final int firstLength = Math.min(count, SIZE - index);
            page.getBytes(readBytesOffset + index, target, offset, firstLength);
            page.getBytes(readBytesOffset, target, offset + firstLength, count - firstLength);
        }

        return count;
    }

    /** Give the room of bytes that were copied back to the writer; nothing for a count of 0 or less. */
    public void consume(final int count)
    {
        if (count > 0)
        {
            readConsPvt = readCons() + count;
            page.putIntRelease(readConsOffset, readConsPvt);     // we have left the bytes before the writer reuses them
        }
    }

    /** For the server: empty both rings and begin at 0, with the error taken back. Ends a reconnection, too. */
    public void reset()
    {
        writeProdPvt = 0;
        readConsPvt = 0;
        page.putIntVolatile(REQ_CONS_OFFSET, 0);
        page.putIntVolatile(REQ_PROD_OFFSET, 0);
        page.putIntVolatile(RSP_CONS_OFFSET, 0);
        page.putIntVolatile(RSP_PROD_OFFSET, 0);
        page.putIntVolatile(ERROR_OFFSET, XsWire.ERROR_NONE);
        page.putIntVolatile(CONNECTION_OFFSET, XsWire.CONNECTED); // the client looks at nothing else before this
    }

    /** @return whether the client waits for a fresh start. */
    public boolean isReconnecting()
    {
        return page.getIntVolatile(CONNECTION_OFFSET) == XsWire.RECONNECT;
    }

    /** For the client: ask for a fresh start. Everything else in the page is to be left alone until it is granted. */
    public void requestReconnect()
    {
        page.putIntVolatile(CONNECTION_OFFSET, XsWire.RECONNECT);
    }

    /** @return why the server stopped serving, {@link XsWire#ERROR_NONE} when it did not. */
    public int error()
    {
        return page.getIntVolatile(ERROR_OFFSET);
    }

    /**
     * For the server: say why nothing is served any more.
     *
     * @param error {@code XsWire.ERROR_*}.
     */
    public void error(final int error)
    {
        page.putIntVolatile(ERROR_OFFSET, error);
    }

    /** @return {@code XsWire.FEATURE_*} that the server offers; unknown bits mean nothing. */
    public int serverFeatures()
    {
        return page.getIntVolatile(FEATURES_OFFSET);
    }

    /**
     * For the server: offer features. To be called before the first byte is taken; never to be narrowed.
     *
     * @param features {@code XsWire.FEATURE_*}.
     */
    public void serverFeatures(final int features)
    {
        page.putIntVolatile(FEATURES_OFFSET, features);
    }

    private int writeProd()
    {
        return isServer ? writeProdPvt : page.getIntVolatile(writeProdOffset);
    }

    private int readCons()
    {
        return isServer ? readConsPvt : page.getIntVolatile(readConsOffset);
    }

    private int room(final int prod)
    {
        final int used = prod - page.getIntVolatile(writeConsOffset);
        return Integer.compareUnsigned(used, SIZE) > 0 ? PROTOCOL_VIOLATION : SIZE - used;
    }

    private int used(final int cons)
    {
        final int used = page.getIntVolatile(readProdOffset) - cons;
        return Integer.compareUnsigned(used, SIZE) > 0 ? PROTOCOL_VIOLATION : used;
    }
}
