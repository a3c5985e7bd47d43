package org.skerry.guest.xenstore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;

/**
 * A message of the store, taken apart.
 *
 * @param type          number of the operation.
 * @param requestId     of the request that it answers.
 * @param transactionId of the request that it answers.
 * @param payload       what follows the header.
 */
record XsMessage(int type, int requestId, int transactionId, byte[] payload)
{
    static byte[] encode(final XsOp op, final int requestId, final int transactionId, final byte[] payload)
    {
        if (payload.length > XsWire.PAYLOAD_MAX)
        {
            throw new XenstoreException(Errno.E2BIG, op + ": payload=" + payload.length);
        }

        return ByteBuffer.allocate(XsWire.HEADER_LENGTH + payload.length).order(ByteOrder.LITTLE_ENDIAN)
            .putInt(op.number()).putInt(requestId).putInt(transactionId).putInt(payload.length).put(payload).array();
    }

    /** @return bytes of the payload that the header announces, or -1 when it announces more than there may be. */
    static int payloadLength(final ByteBuffer header)
    {
        final int length = header.order(ByteOrder.LITTLE_ENDIAN).getInt(12);
        return length < 0 || length > XsWire.PAYLOAD_MAX ? -1 : length;
    }

    static XsMessage decode(final ByteBuffer header, final byte[] payload)
    {
        header.order(ByteOrder.LITTLE_ENDIAN);
        return new XsMessage(header.getInt(0), header.getInt(4), header.getInt(8), payload);
    }

    boolean isWatchEvent()
    {
        return type == XsOp.WATCH_EVENT.number();
    }

    /** Tell a watch event; one that is none is passed over. */
    void tell(final XsTransport.WatchEventSink sink)
    {
        final String[] parts = new String(payload, StandardCharsets.UTF_8).split("\0", -1);
        if (parts.length >= 2)
        {
            sink.onWatchEvent(parts[0], parts[1]);
        }
    }

    /**
     * @param op     that was asked.
     * @param asked  payload of the request.
     * @return payload of the answer.
     * @throws XenstoreException when the answer is an error.
     */
    byte[] answerTo(final XsOp op, final byte[] asked)
    {
        if (type == op.number())
        {
            return payload;
        }

        final String what = op + " " + new String(asked, StandardCharsets.UTF_8).replace('\0', ' ').strip();
        if (type != XsOp.ERROR.number())
        {
            throw new XenstoreException(Errno.EIO, what + ": answered by type=" + type);
        }
        final String name = new String(payload, StandardCharsets.US_ASCII).replace("\0", "");
        Errno errno = Errno.EINVAL;
        for (final Errno candidate : Errno.values())
        {
            if (candidate.name().equals(name))
            {
                errno = candidate;
            }
        }

        throw new XenstoreException(errno, what);
    }
}
