package org.skerry.xenstore;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

class TransactionTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient inside = fixture.socket();
    private final TestClient outside = fixture.socket();

    @BeforeEach
    void populate()
    {
        outside.ok("WRITE", "/a|1");
        outside.ok("WRITE", "/b|1");
        outside.ok("WRITE", "/d/x|1");
    }

    /** Operations of the transaction (with ~ for its id), those of others meanwhile, and what END answers. */
    static Stream<Arguments> conflicts()
    {
        return Stream.of(
            arguments("read a, write a", "write b", "OK|"),
            arguments("read a", "write a", "OK|"),
            arguments("read a, write b", "write a", "EAGAIN"),
            arguments("read a, write b", "write a same", "OK|"),
            arguments("write a", "write a", "OK|"),
            arguments("write a, read a", "write a", "OK|"),
            arguments("create d/n1", "create d/n2", "OK|"),
            arguments("create d/n3", "create d/n3", "OK|"),
            arguments("write d/x", "create d/n4", "OK|"),
            arguments("ls d, write b", "create d/n5", "EAGAIN"),
            arguments("ls d, write b", "write d/x", "OK|"),
            arguments("rm d/x", "write d/x", "OK|"),
            arguments("write d/x", "rm d/x", "OK|"),
            arguments("write d/x", "rm d", "OK|"),
            arguments("read m, write b", "create m", "EAGAIN"),
            arguments("read a, write b", "chmod a", "OK|"),
            arguments("perms a, write b", "write a", "OK|"),
            arguments("perms a, write b", "chmod a", "EAGAIN"),
            arguments("part d, write b", "create d/n6", "EAGAIN"),
            arguments("part d, write b", "write d/x", "OK|"),
            arguments("ls d", "create d/n5", "OK|"),
            arguments("read d/x, write b", "rm d", "EAGAIN"),
            arguments("mkdir d, write b", "rm d", "OK|"));
    }

    @ParameterizedTest(name = "{0} | {1} -> {2}")
    @MethodSource("conflicts")
    void shouldConflictOnlyWhereSerializabilityNeedsIt(final String own, final String others, final String expected)
    {
        final int txId = inside.begin();
        perform(inside, txId, own, "mine");
        perform(outside, 0, others, "theirs");

        assertEquals(expected, inside.commit(txId));
    }

    @Test
    void shouldShowItsBeginningAndItsOwnWritesOnly()
    {
        final int txId = inside.begin();
        outside.ok("WRITE", "/a|2");
        outside.ok("WRITE", "/new|1");
        inside.ok(txId, "WRITE", "/b|mine");

        assertEquals("1", inside.ask(txId, "READ", "/a|"));
        assertEquals("ENOENT", inside.ask(txId, "READ", "/new|"));
        assertEquals("mine", inside.ask(txId, "READ", "/b|"));
        assertEquals("1", outside.ask("READ", "/b|"));
        assertEquals("2", inside.ask("READ", "/a|"));
    }

    @Test
    void shouldMakeAllWritesVisibleAtOnce()
    {
        final int txId = inside.begin();
        inside.ok(txId, "WRITE", "/x/y|1");
        inside.ok(txId, "RM", "/a|");
        inside.ok(txId, "SET_PERMS", "/b|n0|r0|");
        assertEquals("ENOENT", outside.ask("READ", "/x|"));

        inside.ok(txId, "TRANSACTION_END", "T|");

        assertEquals("1", outside.ask("READ", "/x/y|"));
        assertEquals("ENOENT", outside.ask("READ", "/a|"));
        assertEquals("n0|r0|", outside.ask("GET_PERMS", "/b|"));
    }

    @Test
    void shouldKeepWhatOthersWroteWhenItIsReplayed()
    {
        final int txId = inside.begin();
        inside.ok(txId, "WRITE", "/d/mine|1");
        outside.ok("WRITE", "/d/theirs|2");
        outside.ok("RM", "/d/x|");
        inside.ok(txId, "TRANSACTION_END", "T|");

        assertEquals("mine|theirs|", outside.ask("DIRECTORY", "/d|"));
    }

    @Test
    void shouldForgetWhatWasAborted()
    {
        final int txId = inside.begin();
        inside.ok(txId, "WRITE", "/a|2");
        inside.ok(txId, "TRANSACTION_END", "F|");

        assertEquals("1", outside.ask("READ", "/a|"));
        assertEquals("ENOENT", inside.ask(txId, "READ", "/a|"));
    }

    @Test
    void shouldHaveNoEffectWhenItConflicts()
    {
        outside.watch("/", "t");
        final int txId = inside.begin();
        inside.ask(txId, "READ", "/a|");
        inside.ok(txId, "WRITE", "/b|2");
        outside.ok("WRITE", "/a|2");
        outside.events();

        assertEquals("EAGAIN", inside.commit(txId));
        assertEquals("1", outside.ask("READ", "/b|"));
        assertEquals(List.of(), outside.events());
        assertEquals("ENOENT", inside.commit(txId));
        assertEquals(1, fixture.store.conflictCount());
    }

    @Test
    void shouldAnswerWrongUseAsCDoes()
    {
        final int txId = inside.begin();

        assertEquals("EBUSY", inside.ask(txId, "TRANSACTION_START", "|"));
        assertEquals("ENOENT", inside.ask(txId + 1, "TRANSACTION_START", "|"));
        assertEquals("ENOENT", inside.ask(txId + 1, "READ", "/a|"));
        assertEquals("ENOENT", outside.ask(txId, "READ", "/a|"));
        assertEquals("ENOENT", inside.ask("TRANSACTION_END", "T|"));
        assertEquals("EINVAL", inside.ask(txId, "TRANSACTION_END", "X|"));
        assertEquals("EINVAL", inside.ask(txId, "TRANSACTION_END", "T"));
        assertEquals("EINVAL", inside.ask(txId, "TRANSACTION_END", ""));
        inside.ok(txId, "TRANSACTION_END", "T|");
        assertNotEquals(txId, inside.begin());
    }

    @Test
    void shouldStartWithAnEmptyPayloadToo()
    {
        assertTrue(inside.ask("TRANSACTION_START", "").matches("[0-9]+\\|"));
    }

    @Test
    void shouldIgnoreTheIdOfWatches()
    {
        inside.ok(12345, "WATCH", "/a|t|");
        inside.events();
        inside.ok(54321, "UNWATCH", "/a|t|");
    }

    @Test
    void shouldEndWithResetWatchesEvenFromInside()
    {
        final int txId = inside.begin();
        inside.ok(txId, "RESET_WATCHES", "|");

        assertEquals("ENOENT", inside.ask(txId, "READ", "/a|"));
        assertEquals(0, inside.connection().transactionCount());
    }

    @Test
    void shouldTellOneEventForEachNodeInTheOrderOfFirstTouch()
    {
        outside.watch("/", "t");
        final int txId = inside.begin();
        inside.ask(txId, "READ", "/b|");
        inside.ok(txId, "WRITE", "/a|2");
        inside.ok(txId, "WRITE", "/a|3");
        inside.ok(txId, "WRITE", "/deep/er|1");
        inside.ok(txId, "WRITE", "/b|2");
        inside.ok(txId, "WRITE", "/made|1");
        inside.ok(txId, "RM", "/made|");
        assertEquals(List.of(), outside.events());

        inside.ok(txId, "TRANSACTION_END", "T|");

        assertEquals(List.of("/b|t|", "/a|t|", "/deep/er|t|"), outside.events());
    }

    @Test
    void shouldTellEventsOfItsCommitBeforeTheReply()
    {
        inside.watch("/a", "t");
        final int txId = inside.begin();
        inside.ok(txId, "WRITE", "/a|2");
        inside.messages();
        inside.send(txId, 7, TestClient.bytes("T|"));

        assertEquals(List.of("WATCH_EVENT /a|t|", "TRANSACTION_END OK|"), inside.messages());
    }

    @Test
    void shouldTellWatchersOnNodesThatWentWithARemovedOne()
    {
        outside.ok("WRITE", "/d/x/deep|1");
        outside.watch("/d/x/deep", "deep");
        outside.watch("/d", "top");
        outside.watch("/d/x/none", "none");
        final int txId = inside.begin();
        inside.ok(txId, "RM", "/d|");
        inside.ok(txId, "WRITE", "/d/x|again");
        inside.ok(txId, "TRANSACTION_END", "T|");

        assertEquals(List.of("/d/x/deep|deep|", "/d|top|", "/d/x|top|"), outside.events());
    }

    @Test
    void shouldCommitSixteenCreatorsInOneDirectoryWithoutRetry()
    {
        final TestClient[] clients = new TestClient[16];
        final int[] ids = new int[16];

        for (int i = 0; i < 16; i++)
        {
            clients[i] = fixture.socket();
            ids[i] = clients[i].begin();
            clients[i].ok(ids[i], "MKDIR", "/local/domain/" + i + "/device|");
            clients[i].ok(ids[i], "WRITE", "/local/domain/" + i + "/name|guest");
        }
        for (int i = 0; i < 16; i++)
        {
            clients[i].ok(ids[i], "TRANSACTION_END", "T|");
        }

        assertEquals(16, outside.ask("DIRECTORY", "/local/domain|").split("\\|").length);
    }

    @Test
    void shouldNotCommitThePermissionsOfADomainThatDiedMeanwhile()
    {
        fixture.guest(7);
        final int txId = inside.begin();
        inside.ok(txId, "SET_PERMS", "/a|n0|r7|");
        outside.ok("RELEASE", "7|");
        fixture.existing.remove(7);
        inside.ok(txId, "TRANSACTION_END", "T|");
        final TestClient later = fixture.guest(7);

        assertEquals("EACCES", later.ask("READ", "/a|"));
    }

    @Test
    void shouldRefuseACommitBeyondTheLimitOfNodes()
    {
        final TestClient guest = fixture.guestAtHome(3);
        outside.ok("SET_QUOTA", "3|nodes|3|");
        final int txId = guest.begin();
        guest.ok(txId, "WRITE", "one|1");
        guest.ok(txId, "WRITE", "two|1");
        guest.ok("WRITE", "three|1");

        assertEquals("ENOSPC", guest.commit(txId));
    }

    private static void perform(final TestClient client, final int txId, final String steps, final String value)
    {
        for (final String step : steps.split(", "))
        {
            final String[] words = step.split(" ");
            final String path = '/' + words[1] + '|';
            final Consumer<String> isDone = reply -> assertEquals("OK|", reply, step);

            switch (words[0])
            {
                case "read" -> client.ask(txId, "READ", path);
                case "ls" -> client.ask(txId, "DIRECTORY", path);
                case "part" -> client.ask(txId, "DIRECTORY_PART", path + "0|");
                case "perms" -> client.ask(txId, "GET_PERMS", path);
                case "write" -> isDone.accept(client.ask(txId, "WRITE", path + (words.length > 2 ? "1" : value)));
                case "create" -> isDone.accept(client.ask(txId, "WRITE", path + value));
                case "mkdir" -> isDone.accept(client.ask(txId, "MKDIR", path));
                case "rm" -> isDone.accept(client.ask(txId, "RM", path));
                case "chmod" -> isDone.accept(client.ask(txId, "SET_PERMS", path + "r0|"));
                default -> throw new IllegalArgumentException(step);
            }
        }
    }
}
