package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skerry.guest.EventLoop;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.xs.XsOp;
import org.skerry.wire.xs.XsWire;
import org.skerry.wire.xswire.XsdSockmsgEncoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Requests that change nothing are not written down, and are answered once all the same, whenever the process ends. */
class AnswerSurvivalTest
{
    private static final int LENGTH = 1 << 20;
    private static final int JOURNALS = 4096 + (CallMemory.LENGTH + 4095 & -4096);
    private static final int NUMBER = StateRecord.FIRST_SOCKET;

    private final long address = SysMman.mmap(
        0, LENGTH, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS, -1, 0);
    private final UnsafeBuffer memory = new UnsafeBuffer(address, LENGTH);
    private final UnsafeBuffer calls = new UnsafeBuffer(memory, 4096, CallMemory.LENGTH);
    private final long[] pairs = LongStream.range(0, 3).map(client ->
        SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK)).toArray();
    private final UnsafeBuffer bytes = new UnsafeBuffer(ByteBuffer.allocateDirect(64 * 1024));
    private EventLoop loop;

    @BeforeEach
    void serve()
    {
        begin();
        assertEquals("OK|", ask(XsOp.WRITE, "/a|value"));
        assertEquals("value", ask(XsOp.READ, "/a|"));
    }

    @AfterEach
    void end()
    {
        loop.close();
        for (final long pair : pairs)
        {
            Unistd.close(SysSocket.first(pair));
            Unistd.close(SysSocket.second(pair));
        }
        SysMman.munmap(address, LENGTH);
    }

    @Test
    void shouldWriteNothingDownForWhatChangesNothing()
    {
        final byte[] before = journals();
        for (int i = 0; i < 100; i++)
        {
            assertEquals("value", ask(XsOp.READ, "/a|"));
            assertEquals("ENOENT|", ask(XsOp.READ, "/b|"));
        }

        assertArrayEquals(before, journals());
        ask(XsOp.WRITE, "/a|other");
        assertFalse(Arrays.equals(before, journals()));
    }

    @Test
    void shouldNotAnswerAgainWhatWasAnswered()
    {
        again();

        assertEquals("other", answer(XsOp.READ, "/c|", "/c|other"));
    }

    @Test
    void shouldAnswerWhatItReceivedAndDidNotAnswer()
    {
        forgetAnswer(0);
        again();

        assertEquals("value", receive(0));
        assertEquals("other", answer(XsOp.READ, "/c|", "/c|other"));
    }

    @Test
    void shouldAnswerItOnceAlsoWhenTheNextProcessesEndBeforeTheyHaveBegun()
    {
        forgetAnswer(0);
        int deaths = 0;
        while (endsAfter(deaths))
        {
            deaths++;
        }
        again();

        assertTrue(deaths > 3, "writes nothing down");
        assertEquals("value", receive(0));
        assertEquals("other", answer(XsOp.READ, "/c|", "/c|other"));
    }

    @Test
    void shouldAnswerAllWhoAskInATurnAndWriteNothingDown()
    {
        final byte[] before = journals();
        for (int i = 0; i < 3; i++)
        {
            final int round = i;
            forAll(client -> request(client, XsOp.READ, round == client ? "/b|" : "/a|"));
            loop.poll(0);
            forAll(client -> assertEquals(round == client ? "ENOENT|" : "value", receive(client)));
        }

        assertArrayEquals(before, journals());
    }

    @Test
    void shouldAnswerOfATurnOnlyThoseWhoWereNotAnswered()
    {
        forAll(client -> request(client, XsOp.READ, "/a|"));
        loop.poll(0);
        forAll(client -> assertEquals("value", receive(client)));
        forgetAnswer(1);
        again();

        assertEquals("", receive(0));
        assertEquals("value", receive(1));
        assertEquals("", receive(2));
        forAll(client -> assertEquals("value", ask(client, XsOp.READ, "/a|")));
    }

    @Test
    void shouldServeAgainWhatWasNotAnsweredWhenTheGroupOfItsTurnIsNotThere()
    {
        final byte[] journals = journals();
        final byte[] sends = new byte[CallMemory.SEND_COUNT * CallMemory.SLOT_LENGTH];
        calls.getBytes(0, sends);
        request(0, XsOp.READ, "/a|");
        request(1, XsOp.WRITE, "/a|changed");
        request(2, XsOp.READ, "/a|");
        loop.poll(0);
        forAll(client -> assertEquals(client == 1 ? "OK|" : client == 0 ? "value" : "changed", receive(client)));
        memory.putBytes(JOURNALS, journals);
        calls.putBytes(0, sends);
        again();

        forAll(client -> assertEquals(client == 1 ? "OK|" : client == 0 ? "" : "changed", receive(client)));
        forAll(client -> assertEquals("changed", ask(client, XsOp.READ, "/a|")));
    }

    @Test
    void shouldServeMoreThanATurnHasRoomFor()
    {
        final String value = "v".repeat(4000);
        assertEquals("OK|", ask(0, XsOp.WRITE, "/a|" + value));
        forAll(client ->
        {
            for (int i = 0; i < 4; i++)
            {
                request(client, XsOp.WRITE, "/" + client + i + '|' + value);
            }
            request(client, XsOp.READ, "/a|");
        });
        for (int i = 0; i < 4; i++)
        {
            loop.poll(0);
        }

        forAll(client -> assertEquals(4 * (XsWire.HEADER_LENGTH + 3) + XsWire.HEADER_LENGTH + 4000, drain(client)));
        again();
        forAll(client -> assertEquals(value, ask(client, XsOp.READ, "/" + client + "3|")));
    }

    @Test
    void shouldKnowWhichRepliesToChangesAreOutWhenWhatChangedNothingWasAnsweredMeanwhile()
    {
        ask(XsOp.WRITE, "/a|1");
        ask(XsOp.READ, "/a|");
        ask(XsOp.WRITE, "/a|2");
        ask(XsOp.READ, "/a|");
        again();
        again();

        assertEquals("2", ask(XsOp.READ, "/a|"));
    }

    private void forAll(final IntConsumer action)
    {
        IntStream.range(0, pairs.length).forEach(action);
    }

    /** The process ended before the call was done. */
    private void forgetAnswer(final int slot)
    {
        final int at = CallMemory.ANSWER + slot * CallMemory.SLOT_LENGTH;
        assertNotEquals(0, calls.getLong(at));
        calls.putLong(at, 0);
    }

    /** @return whether a process ended that can write down no more than that. */
    private boolean endsAfter(final int writes)
    {
        loop.close();
        try
        {
            begin(new EndingMemory(memory, writes));
            return false;
        }
        catch (final EndOfProcess ignore)
        {
            return true;
        }
    }

    private String answer(final XsOp op, final String payload, final String written)
    {
        assertEquals("OK|", ask(XsOp.WRITE, written));
        return ask(op, payload);
    }

    private byte[] journals()
    {
        final byte[] copy = new byte[LENGTH - JOURNALS];
        memory.getBytes(JOURNALS, copy);
        return copy;
    }

    private void begin()
    {
        begin(memory);
    }

    private void begin(final UnsafeBuffer buffer)
    {
        loop = new EventLoop();
        final XenstoreServer server = new XenstoreServer(
            loop, DomainPages.NONE, domid -> true, new SurvivingMemory(buffer), null);
        forAll(client -> server.onClient(NUMBER + client, SysSocket.first(pairs[client]), ""));
        server.onAllClients();
    }

    /** The process ends, and another goes on. */
    private void again()
    {
        loop.close();
        begin();
        loop.poll(0);
    }

    private String ask(final XsOp op, final String payload)
    {
        return ask(0, op, payload);
    }

    private String ask(final int client, final XsOp op, final String payload)
    {
        request(client, op, payload);
        loop.poll(0);
        return receive(client);
    }

    private void request(final int client, final XsOp op, final String payload)
    {
        final byte[] text = payload.replace('|', '\0').getBytes(StandardCharsets.ISO_8859_1);
        new XsdSockmsgEncoder().wrap(bytes, 0).msgType(op.number()).reqId(1).txId(0).payloadLength(text.length);
        bytes.putBytes(XsWire.HEADER_LENGTH, text);
        SysSocket.send(SysSocket.second(pairs[client]), bytes.addressOffset(), XsWire.HEADER_LENGTH + text.length,
            SysSocket.MSG_DONTWAIT);
    }

    /** @return the payload of the one reply that is there, nothing for none. */
    private String receive(final int client)
    {
        final int length = drain(client);
        if (length < 0)
        {
            return "";
        }
        assertEquals(length - XsWire.HEADER_LENGTH, bytes.getInt(12));
        final byte[] payload = new byte[length - XsWire.HEADER_LENGTH];
        bytes.getBytes(XsWire.HEADER_LENGTH, payload);
        return new String(payload, StandardCharsets.ISO_8859_1).replace('\0', '|');
    }

    private int drain(final int client)
    {
        return (int)SysSocket.recv(
            SysSocket.second(pairs[client]), bytes.addressOffset(), bytes.capacity(), SysSocket.MSG_DONTWAIT);
    }

    private static final class EndOfProcess extends Error
    {
        private static final long serialVersionUID = 1L;
    }

    /** The process ends in place of a write. */
    private static final class EndingMemory extends UnsafeBuffer
    {
        private int writesLeft;

        private EndingMemory(final UnsafeBuffer buffer, final int writes)
        {
            super(buffer);
            writesLeft = writes;
        }

        private void write()
        {
            if (writesLeft-- == 0)
            {
                throw new EndOfProcess();
            }
        }

        @Override
        public void putInt(final int index, final int value)
        {
            write();
            super.putInt(index, value);
        }

        @Override
        public void putIntRelease(final int index, final int value)
        {
            write();
            super.putIntRelease(index, value);
        }

        @Override
        public void putLong(final int index, final long value)
        {
            write();
            super.putLong(index, value);
        }
    }
}
