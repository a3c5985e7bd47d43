package org.skerry.guest.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;
import org.skerry.wire.xswire.XsdSockmsgDecoder;
import org.skerry.wire.xswire.XsdSockmsgEncoder;

/**
 * A message that came from the store.
 *
 * @param type    number of the operation.
 * @param reqId   of the request that it answers; 0 for a watch event.
 * @param payload without the header.
 */
record XenstoreMessage(int type, int reqId, byte[] payload)
{
    boolean isEvent()
    {
        return type == XsOp.WATCH_EVENT.number();
    }

    boolean isError()
    {
        return type == XsOp.ERROR.number();
    }

    /** @return the payload as text, without the NUL at its end. */
    String text()
    {
        final boolean hasNul = payload.length > 0 && payload[payload.length - 1] == 0;
        return new String(payload, 0, hasNul ? payload.length - 1 : payload.length, StandardCharsets.UTF_8);
    }

    /** @return the strings that end in a NUL. */
    List<String> strings()
    {
        return strings(payload);
    }

    static List<String> strings(final byte[] bytes)
    {
        final List<String> strings = new ArrayList<>();
        int start = 0;

        for (int i = 0; i < bytes.length; i++)
        {
            if (bytes[i] == 0)
            {
                strings.add(new String(bytes, start, i - start, StandardCharsets.UTF_8));
                start = i + 1;
            }
        }

        return strings;
    }

    /** @return a request as bytes. */
    static byte[] encode(final XsOp op, final int reqId, final int txId, final byte[] payload)
    {
        final byte[] message = new byte[XsWire.HEADER_LENGTH + payload.length];
        new XsdSockmsgEncoder().wrap(new UnsafeBuffer(message), 0)
            .msgType(op.number())
            .reqId(reqId & 0xFFFF_FFFFL)
            .txId(txId & 0xFFFF_FFFFL)
            .payloadLength(payload.length);
        System.arraycopy(payload, 0, message, XsWire.HEADER_LENGTH, payload.length);
        return message;
    }

    /** Puts messages together from bytes as they come. */
    static final class Assembler
    {
        private final byte[] bytes = new byte[XsWire.MESSAGE_MAX];
        private final XsdSockmsgDecoder header = new XsdSockmsgDecoder().wrap(
            new UnsafeBuffer(bytes), 0, XsdSockmsgDecoder.BLOCK_LENGTH, 0);
        private int length;

        /** @return where the next bytes belong. */
        byte[] bytes()
        {
            return bytes;
        }

        /** @return offset where the next bytes belong. */
        int offset()
        {
            return length;
        }

        /** @return how many bytes may be put there, 1 or more; none of a later message are among them. */
        int wanted()
        {
            return (length < XsWire.HEADER_LENGTH ? XsWire.HEADER_LENGTH :
                XsWire.HEADER_LENGTH + (int)header.payloadLength()) - length;
        }

        /**
         * So many bytes were put there.
         *
         * @return the message that is whole now, or null.
         * @throws IllegalArgumentException when a message is longer than the protocol allows.
         */
        XenstoreMessage received(final int count)
        {
            length += count;

            if (length < XsWire.HEADER_LENGTH)
            {
                return null;
            }
            if (header.payloadLength() > XsWire.PAYLOAD_MAX)
            {
                throw new IllegalArgumentException("message too long: length=" + header.payloadLength());
            }
            if (wanted() > 0)
            {
                return null;
            }

            final XenstoreMessage message = new XenstoreMessage(
                (int)header.msgType(), (int)header.reqId(), Arrays.copyOfRange(bytes, XsWire.HEADER_LENGTH, length));
            length = 0;
            return message;
        }
    }
}
