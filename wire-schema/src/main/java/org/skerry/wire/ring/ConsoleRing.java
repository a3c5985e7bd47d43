package org.skerry.wire.ring;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.console.XenconsInterfaceDecoder;

/**
 * One half of a console page: a ring of bytes that we fill and one that we empty. The frontend fills {@code out} and
 * empties {@code in}, the backend the other way round; the same code serves both.
 * <p>
 * The indices that are ours live in this object; in the page we only publish them, since the peer can write there too.
 * The peer's indices are read once per call and checked before they lead anywhere: a producer that is ahead of its
 * consumer by more than the ring holds is a {@link #PROTOCOL_VIOLATION}. Nothing here rings a bell; whoever moved an
 * index tells the peer.
 * <p>
 * One owner thread. Nothing is allocated.
 * <p>Spec: io/console.h, struct xencons_interface.
 */
public final class ConsoleRing
{
    /** Answer to a call that found indices which no honest peer can have written. */
    public static final int PROTOCOL_VIOLATION = -1;

    /** Content of {@code connection} while a backend serves the page. Spec: XENCONSOLE_CONNECTED. */
    public static final int CONNECTED = 0;

    /** Content of {@code connection} while nobody does. Spec: XENCONSOLE_DISCONNECTED. */
    public static final int DISCONNECTED = 1;

    /** Bytes that the ring towards the guest holds. */
    public static final int IN_SIZE = XenconsInterfaceDecoder.inBytesLength();

    /** Bytes that the ring from the guest holds. */
    public static final int OUT_SIZE = XenconsInterfaceDecoder.outBytesLength();

    /** Bytes of a console page that we touch. */
    public static final int LENGTH = XenconsInterfaceDecoder.BLOCK_LENGTH;

    private static final int IN_OFFSET = XenconsInterfaceDecoder.inBytesEncodingOffset();
    private static final int OUT_OFFSET = XenconsInterfaceDecoder.outBytesEncodingOffset();
    private static final int IN_CONS_OFFSET = XenconsInterfaceDecoder.inConsEncodingOffset();
    private static final int IN_PROD_OFFSET = XenconsInterfaceDecoder.inProdEncodingOffset();
    private static final int OUT_CONS_OFFSET = XenconsInterfaceDecoder.outConsEncodingOffset();
    private static final int OUT_PROD_OFFSET = XenconsInterfaceDecoder.outProdEncodingOffset();
    private static final int CONNECTION_OFFSET = XenconsInterfaceDecoder.connectionEncodingOffset();

    private final UnsafeBuffer page;
    private final int writeBytesOffset;
    private final int writeSize;
    private final int writeProdOffset;
    private final int writeConsOffset;
    private final int readBytesOffset;
    private final int readSize;
    private final int readProdOffset;
    private final int readConsOffset;
    private int writeProdPvt;
    private int readConsPvt;

    private ConsoleRing(final UnsafeBuffer page, final boolean isFront)
    {
        page.boundsCheck(0, LENGTH);
        this.page = page;
        writeBytesOffset = isFront ? OUT_OFFSET : IN_OFFSET;
        writeSize = isFront ? OUT_SIZE : IN_SIZE;
        writeProdOffset = isFront ? OUT_PROD_OFFSET : IN_PROD_OFFSET;
        writeConsOffset = isFront ? OUT_CONS_OFFSET : IN_CONS_OFFSET;
        readBytesOffset = isFront ? IN_OFFSET : OUT_OFFSET;
        readSize = isFront ? IN_SIZE : OUT_SIZE;
        readProdOffset = isFront ? IN_PROD_OFFSET : OUT_PROD_OFFSET;
        readConsOffset = isFront ? IN_CONS_OFFSET : OUT_CONS_OFFSET;
        writeProdPvt = page.getIntAcquire(writeProdOffset);
        readConsPvt = page.getIntAcquire(readConsOffset);
    }

    /**
     * The guest's half. Our indices start where the page says, so that a page in use can be taken over.
     *
     * @param page the console page, at least {@link #LENGTH} bytes.
     * @return the half that writes {@code out} and reads {@code in}.
     */
    public static ConsoleRing front(final UnsafeBuffer page)
    {
        return new ConsoleRing(page, true);
    }

    /**
     * The console daemon's half. Our indices start where the page says, so that a page in use can be taken over.
     *
     * @param page the console page, at least {@link #LENGTH} bytes.
     * @return the half that writes {@code in} and reads {@code out}.
     */
    public static ConsoleRing back(final UnsafeBuffer page)
    {
        return new ConsoleRing(page, false);
    }

    /** @return bytes that {@link #write} would take now, 0 to the size of the ring, or {@link #PROTOCOL_VIOLATION}. */
    public int writable()
    {
        final int used = writeProdPvt - page.getIntAcquire(writeConsOffset);
        return Integer.compareUnsigned(used, writeSize) > 0 ? PROTOCOL_VIOLATION : writeSize - used;
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
        final int room = writable();
        final int count = Math.min(room, length);

        if (count <= 0)
        {
            return count;
        }

        final int index = writeProdPvt & (writeSize - 1);
        final int firstLength = Math.min(count, writeSize - index);
        page.putBytes(writeBytesOffset + index, source, offset, firstLength);
        page.putBytes(writeBytesOffset, source, offset + firstLength, count - firstLength);
        writeProdPvt += count;
        page.putIntRelease(writeProdOffset, writeProdPvt);       // the reader sees the bytes before the index
        return count;
    }

    /** @return bytes that {@link #read} would give now, 0 to the size of the ring, or {@link #PROTOCOL_VIOLATION}. */
    public int readable()
    {
        final int used = page.getIntAcquire(readProdOffset) - readConsPvt;
        return Integer.compareUnsigned(used, readSize) > 0 ? PROTOCOL_VIOLATION : used;
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
        final int available = readable();
        final int count = Math.min(available, length);

        if (count <= 0)
        {
            return count;
        }

        final int index = readConsPvt & (readSize - 1);
        final int firstLength = Math.min(count, readSize - index);
        page.getBytes(readBytesOffset + index, target, offset, firstLength);
        page.getBytes(readBytesOffset, target, offset + firstLength, count - firstLength);
        readConsPvt += count;
        page.putIntRelease(readConsOffset, readConsPvt);         // we have left the bytes before the writer reuses them
        return count;
    }

    /** @return whether a backend says that it serves the page; what is neither 0 nor 1 counts as yes, as in Linux. */
    public boolean isConnected()
    {
        return page.getByteVolatile(CONNECTION_OFFSET) != DISCONNECTED;
    }

    /**
     * For the backend and the toolstack: say whether the page is served.
     *
     * @param isConnected whether it is, from now on.
     */
    public void connected(final boolean isConnected)
    {
        page.putByteVolatile(CONNECTION_OFFSET, (byte)(isConnected ? CONNECTED : DISCONNECTED));
    }
}
