package org.skerry.xenstore;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.xs.XenstorePath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A merge comes to what the requests come to when they are done again, all of them answered as they were. */
class TreeMergeTest
{
    private static final int ROUNDS = 4_000;
    private static final Caller GUEST = Caller.ofDomain(3);

    private final DomainTable domains = new DomainTable(domid -> true, new RecordWriter(null));
    private final TreeOperations operations =
        new TreeOperations(domains, new StoreLog(new PrintStream(OutputStream.nullOutputStream())));
    private long generation = 10;

    /** Requests of one caller, upon one tree after the other. */
    private final class Work
    {
        private final Caller caller;
        private final List<XsRequest.OnTree> requests = new ArrayList<>();
        private final List<XsReply> replies = new ArrayList<>();
        private final Set<String> touched = new LinkedHashSet<>();
        private Tree tree;

        Work(final Caller caller, final Tree tree)
        {
            this.caller = caller;
            this.tree = tree;
        }

        Work add(final XsRequest.OnTree request)
        {
            requests.add(request);
            touched.add(request.path());
            final TreeOperations.Outcome outcome = operations.apply(caller, tree, request, ++generation);
            replies.add(outcome.reply());
            tree = outcome.tree();
            return this;
        }

        boolean isAnsweredTheSame(final Work other)
        {
            for (int i = 0; i < replies.size(); i++)
            {
                if (!replies.get(i).isSameObservation(other.replies.get(i)))
                {
                    return false;
                }
            }

            return true;
        }

        Work againUpon(final Tree live)
        {
            final Work again = new Work(caller, live);
            requests.forEach(again::add);
            return again;
        }

        Tree mergedWith(final Tree base, final Tree live)
        {
            return new TreeMerge(base, live, tree, ++generation).merge(caller, touched);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void shouldComeToWhatDoingItAgainComesTo(final int seed)
    {
        final Random random = new Random(seed);
        Tree base = Tree.initial();
        int mergedCount = 0;
        int repeatableCount = 0;

        for (int i = 0; i < ROUNDS; i++)
        {
            final Work others = work(random, Caller.SOCKET, base, true);
            final Work own = work(random, random.nextInt(3) == 0 ? GUEST : Caller.SOCKET, base, false);
            final Work again = own.againUpon(others.tree);
            final Tree merged = own.mergedWith(base, others.tree);

            if (own.isAnsweredTheSame(again))
            {
                repeatableCount++;
            }
            if (merged != null)
            {
                mergedCount++;
                final String where =
                    "seed=" + seed + ", round=" + i + ": " + own.requests + " after " + others.requests;
                assertTrue(own.isAnsweredTheSame(again), where);
                assertEquals(text(again.tree), text(merged), where);
            }

            base = (random.nextBoolean() ? again : others).tree;
        }

        assertTrue(mergedCount > repeatableCount / 3, mergedCount + " of " + repeatableCount);
        assertTrue(ROUNDS - repeatableCount > 100, "conflicts are rare: " + repeatableCount);
    }

    private Work work(
        final Random random, final Caller caller, final Tree tree, final boolean mayChangePermissions)
    {
        final Work work = new Work(caller, tree);

        for (int i = 1 + random.nextInt(6); i > 0; i--)
        {
            final StringBuilder path = new StringBuilder("/" + random.nextInt(3));

            while (random.nextInt(3) > 0)
            {
                path.append('/').append(random.nextInt(8));
            }

            work.add(request(random, path.toString(), mayChangePermissions));
        }

        return work;
    }

    private static XsRequest.OnTree request(
        final Random random, final String path, final boolean mayChangePermissions)
    {
        return switch (random.nextInt(10))
        {
            case 0, 1, 2, 3 ->
                new XsRequest.Write(path, Integer.toString(random.nextInt(5)).getBytes(StandardCharsets.ISO_8859_1));
            case 4 -> new XsRequest.Mkdir(path);
            case 5 -> new XsRequest.Rm(path);
            case 6 -> new XsRequest.Directory(path);
            case 7 -> new XsRequest.GetPerms(path);
            case 8 -> mayChangePermissions ? new XsRequest.SetPerms(path, permissions(random)) :
                new XsRequest.Read(path);
            default -> new XsRequest.Read(path);
        };
    }

    private static List<Permission> permissions(final Random random)
    {
        return List.of(new Permission(random.nextInt(5), random.nextInt(4)), new Permission(3, random.nextInt(4)));
    }

    @Test
    void shouldMergeWhatMadeThousandsInADirectoryThatOthersChanged()
    {
        final Tree base = new Work(Caller.SOCKET, Tree.initial())
            .add(new XsRequest.Mkdir("/many")).add(new XsRequest.Mkdir("/other")).tree;
        final Tree live = new Work(Caller.SOCKET, base)
            .add(new XsRequest.Mkdir("/many/theirs")).add(new XsRequest.Mkdir("/other/theirs")).tree;
        final Work own = new Work(Caller.SOCKET, base);

        for (int i = 0; i < 4_000; i++)
        {
            own.add(new XsRequest.Mkdir("/many/n" + i));
        }

        final Tree merged = own.mergedWith(base, live);

        assertNotNull(merged);
        assertEquals(text(own.againUpon(live).tree), text(merged));
        assertTrue(merged.find("/many").generation() > live.find("/many").generation());
        own.add(new XsRequest.Directory("/many"));
        assertNull(own.mergedWith(base, live));
    }

    @Test
    void shouldNotTakeAGuestsWordForALimitThatOthersMayHaveReached()
    {
        final Tree base = new Work(Caller.SOCKET, Tree.initial()).add(new XsRequest.Mkdir("/home"))
            .add(new XsRequest.Mkdir("/theirs"))
            .add(new XsRequest.SetPerms("/home", List.of(new Permission(3, Permission.NONE))))
            .add(new XsRequest.SetPerms("/theirs", List.of(new Permission(4, Permission.NONE)))).tree;
        final Work own = new Work(GUEST, base).add(new XsRequest.Mkdir("/home/a"));
        final Tree equal = new Work(Caller.SOCKET, base).add(new XsRequest.Mkdir("/tool/x")).tree;
        final Tree more = new Work(Caller.ofDomain(4), base)
            .add(new XsRequest.Mkdir("/theirs/x")).tree;

        assertEquals(text(own.againUpon(equal).tree), text(own.mergedWith(base, equal)));
        assertNull(own.mergedWith(base, more));
    }

    private static String text(final Tree tree)
    {
        final StringBuilder text = new StringBuilder();
        Tree.walk(XenstorePath.ROOT, tree.root(), (path, node) ->
        {
            text.append(path).append(' ').append(new String(node.value(), StandardCharsets.ISO_8859_1))
                .append(node.permissions()).append(' ').append(node.nodeCount()).append(' ')
                .append(node.accountedTotal()).append(' ').append(node.soleOwner()).append(' ')
                .append(node.domains()).append(new String(node.listing(), StandardCharsets.ISO_8859_1)).append('\n');
            return true;
        });
        tree.accounts().forEach((domid, account) -> text.append(domid).append(account).append('\n'));
        return text.toString();
    }
}
