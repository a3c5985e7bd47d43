package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xswire.XsdSockmsgDecoder;
import org.skerry.wire.xswire.XsdSockmsgEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Speaks the protocol with a store in the same thread. In payloads a bar stands for NUL, as in Xen's documents. */
final class TestClient
{
    private final Store store;
    private final XsConnection connection;
    private final List<String> events = new ArrayList<>();
    private final List<String> messages = new ArrayList<>();
    private int reqId = 100;

    TestClient(final Store store, final XsConnection connection)
    {
        this.store = store;
        this.connection = connection;
    }

    XsConnection connection()
    {
        return connection;
    }

    /** @return the payload of the reply, or the name of the error. */
    String ask(final String op, final String payload)
    {
        return ask(0, op, payload);
    }

    String ask(final int txId, final String op, final String payload)
    {
        return ask(txId, XsOp.valueOf(op).number(), bytes(payload));
    }

    String ask(final int txId, final int op, final byte[] payload)
    {
        reqId++;
        send(txId, op, payload);
        final List<String> replies = receive();
        assertEquals(1, replies.size(), () -> "replies: " + replies);
        return replies.getFirst();
    }

    /** Ask and do not listen. */
    void say(final String op, final String payload)
    {
        say(0, op, payload);
    }

    void say(final int txId, final String op, final String payload)
    {
        send(txId, XsOp.valueOf(op).number(), bytes(payload));
    }

    void send(final int txId, final int op, final byte[] payload)
    {
        final byte[] message = message(txId, op, payload);
        connection.receive(message, 0, message.length);
        connection.process(store);
        finishTurns();
    }

    /** Let all events be told that take more than a turn. */
    private void finishTurns()
    {
        while (store.publisher().isBusy())
        {
            store.publisher().turn();
        }
    }

    byte[] message(final int txId, final int op, final byte[] payload)
    {
        final byte[] message = Arrays.copyOf(new byte[16], 16 + payload.length);
        new XsdSockmsgEncoder().wrap(new UnsafeBuffer(message), 0)
            .msgType(op).reqId(reqId).txId(txId).payloadLength(payload.length);
        System.arraycopy(payload, 0, message, 16, payload.length);
        return message;
    }

    /** Take all that waits: events go to {@link #events}, replies are returned. */
    List<String> receive()
    {
        final List<String> replies = new ArrayList<>();
        final OutputQueue output = connection.output();

        while (!output.isEmpty())
        {
            final byte[] bytes = Arrays.copyOfRange(
                output.bytes(), output.offset(), output.offset() + output.length());
            output.sent(bytes.length);
            store.state().records().sent(connection.number(), bytes.length);

            for (int offset = 0; offset < bytes.length;)
            {
                final XsdSockmsgDecoder header = new XsdSockmsgDecoder()
                    .wrap(new UnsafeBuffer(bytes), offset, 16, 0);
                final int end = offset + 16 + (int)header.payloadLength();
                final String payload = text(Arrays.copyOfRange(bytes, offset + 16, end));
                messages.add(XsOp.ofNumber((int)header.msgType()) + " " + payload);

                if (header.msgType() == XsOp.WATCH_EVENT.number())
                {
                    assertEquals(0, header.reqId());
                    assertEquals(0, header.txId());
                    events.add(payload);
                }
                else
                {
                    assertEquals(reqId, header.reqId());
                    final boolean isError = header.msgType() == XsOp.ERROR.number();
                    replies.add(isError ? payload.substring(0, payload.length() - 1) : payload);
                }

                offset = end;
            }
        }

        return replies;
    }

    void ok(final String op, final String payload)
    {
        ok(0, op, payload);
    }

    void ok(final int txId, final String op, final String payload)
    {
        assertEquals("OK|", ask(txId, op, payload), () -> op + " " + payload);
    }

    int begin()
    {
        final String id = ask("TRANSACTION_START", "|");
        return Integer.parseInt(id.substring(0, id.length() - 1));
    }

    String commit(final int txId)
    {
        return ask(txId, "TRANSACTION_END", "T|");
    }

    /** @return events since the last call. */
    List<String> events()
    {
        assertEquals(List.of(), receive());
        final List<String> taken = List.copyOf(events);
        events.clear();
        return taken;
    }

    /** @return all that waits, in its order, whatever requests it answers. */
    List<String> rawMessages()
    {
        final OutputQueue output = connection.output();
        final List<String> all = new ArrayList<>();

        while (!output.isEmpty())
        {
            final byte[] bytes = Arrays.copyOfRange(
                output.bytes(), output.offset(), output.offset() + output.length());
            output.sent(bytes.length);
            store.state().records().sent(connection.number(), bytes.length);

            for (int offset = 0; offset < bytes.length;)
            {
                final XsdSockmsgDecoder header = new XsdSockmsgDecoder().wrap(new UnsafeBuffer(bytes), offset, 16, 0);
                final int end = offset + 16 + (int)header.payloadLength();
                all.add(XsOp.ofNumber((int)header.msgType()) + " " +
                    text(Arrays.copyOfRange(bytes, offset + 16, end)));
                offset = end;
            }
        }

        return all;
    }

    /** @return all messages since the last call, in the order in which they came. */
    List<String> messages()
    {
        receive();
        final List<String> taken = List.copyOf(messages);
        messages.clear();
        return taken;
    }

    void watch(final String path, final String token)
    {
        ok("WATCH", path + '|' + token + '|');
        assertEquals(List.of(path + '|' + token + '|'), events());
    }

    static byte[] bytes(final String payload)
    {
        return payload.replace('|', '\0').getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(final byte[] payload)
    {
        return new String(payload, StandardCharsets.ISO_8859_1).replace('\0', '|');
    }
}
