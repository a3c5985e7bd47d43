package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is written down of a transaction's step is that step again when it is read. */
class TransactionStepTest
{
    private static final String PATH = "/local/domain/7/a";
    private static final Caller GUEST = Caller.ofDomain(7);
    private static final XsReply VALUE = new XsReply.Payload(bytes("value"));

    static List<TransactionStep> steps()
    {
        return List.of(
            new TransactionStep(new XsRequest.Read(PATH), VALUE),
            new TransactionStep(new XsRequest.Read(PATH), new XsReply.Payload(new byte[0])),
            new TransactionStep(new XsRequest.Read(PATH), new XsReply.Failure(Errno.ENOENT)),
            new TransactionStep(new XsRequest.Directory(PATH), new XsReply.Payload(bytes("b\0c\0"))),
            new TransactionStep(new XsRequest.DirectoryPart(PATH, 0), new XsReply.Part(12, bytes("b\0c\0\0"))),
            new TransactionStep(new XsRequest.DirectoryPart(PATH, 4_000), new XsReply.Part(12, bytes("\0"))),
            new TransactionStep(new XsRequest.GetPerms(PATH), new XsReply.Payload(bytes("n7\0r3\0"))),
            new TransactionStep(new XsRequest.Write(PATH, bytes("one\0two")), XsReply.OK),
            new TransactionStep(new XsRequest.Write(PATH, new byte[0]), new XsReply.Failure(Errno.EACCES)),
            new TransactionStep(new XsRequest.Mkdir(PATH), XsReply.OK),
            new TransactionStep(new XsRequest.Rm(PATH), new XsReply.Failure(Errno.EINVAL)),
            new TransactionStep(
                new XsRequest.SetPerms(PATH, List.of(Permission.parse("n7"), Permission.parse("b3"))), XsReply.OK));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void shouldBeTheSameStepWhenItIsRead(final TransactionStep step)
    {
        final TransactionStep again = saved(step).read(GUEST);

        assertEquals(step.op(), again.op());
        assertArrayEquals(step.payload(), again.payload());
        assertEquals(step.request().getClass(), again.request().getClass());
        assertEquals(step.request().path(), again.request().path());
        assertEquals(step.reply().getClass(), again.reply().getClass());
        assertArrayEquals(step.reply().payload(), again.reply().payload());
        assertTrue(again.reply().isSameObservation(step.reply()));
    }

    @Test
    void shouldNotReadWhatThisVersionDoesNotUnderstand()
    {
        final byte[] path = bytes(PATH + '\0');
        assertNull(new TransactionStep.Saved(99, path, false, bytes("OK\0")).read(GUEST));
        assertNull(new TransactionStep.Saved(XsOp.WATCH.number(), path, false, bytes("OK\0")).read(GUEST));
        assertNull(new TransactionStep.Saved(XsOp.READ.number(), bytes("/a//b\0"), false, bytes("x")).read(GUEST));
        assertNull(new TransactionStep.Saved(XsOp.READ.number(), path, true, bytes("ENEW\0")).read(GUEST));
        assertNull(new TransactionStep.Saved(XsOp.READ.number(), path, true, new byte[0]).read(GUEST));
        assertNull(new TransactionStep.Saved(
            XsOp.DIRECTORY_PART.number(), bytes(PATH + "\0000\0"), false, bytes("many")).read(GUEST));
    }

    @Test
    void shouldHaveATransactionTriedAgainOfWhichAStepIsNotUnderstood()
    {
        final TestStore store = new TestStore();
        final TestClient guest = store.guestAtHome(7);
        final TransactionStep write = new TransactionStep(new XsRequest.Write(PATH, bytes("1")), XsReply.OK);
        store.store.inTransactions().restore(
            guest.connection(), 5, List.of(saved(write), new TransactionStep.Saved(99, bytes("x"), false, bytes("y"))));

        guest.ok(5, "WRITE", "b/c|1");
        assertEquals("EAGAIN", guest.commit(5));
        assertEquals("ENOENT", guest.ask("READ", "a|"));
        assertEquals("ENOENT", guest.ask("READ", "b|"));
    }

    private static TransactionStep.Saved saved(final TransactionStep step)
    {
        return new TransactionStep.Saved(
            step.op().number(), step.payload(), step.reply() instanceof XsReply.Failure, step.reply().payload());
    }

    private static byte[] bytes(final String text)
    {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
