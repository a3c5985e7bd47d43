package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random requests of Domain-0 and two guests, many of them in interleaved transactions, against the store and against
 * {@link ModelStore}: every reply, every commit and every event must be the same.
 */
@Timeout(120)
class StoreModelSim
{
    private static final String[] NAMES = {"a", "b", "c"};
    private static final String[] PERMISSIONS = {
        "n0|", "r0|", "b0|", "n5|", "n6|", "b5|", "n0|r5|", "n0|b5|r6|", "n5|r6|", "n6|w5|", "n0|r9|", "n9|", "w0|r5|"};
    private static final String[] OPERATIONS = {
        "READ", "READ", "DIRECTORY", "GET_PERMS", "WRITE", "WRITE", "WRITE", "MKDIR", "RM", "SET_PERMS"};

    private final long seed = Long.getLong("skerry.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final TestStore fixture = new TestStore();
    private final ModelStore model = new ModelStore(Set.of(0, 5, 6));
    private final List<Client> clients = new ArrayList<>();
    private final List<String> history = new ArrayList<>();
    private int commits;
    private int conflicts;

    private static final class Client
    {
        private final int domid;
        private final TestClient real;
        private int realTransaction;
        private int modelTransaction;

        Client(final int domid, final TestClient real)
        {
            this.domid = domid;
            this.real = real;
        }
    }

    @RepeatedTest(20)
    void shouldAnswerAsTheModel()
    {
        clients.add(new Client(0, fixture.socket()));
        clients.add(new Client(0, fixture.socket()));
        clients.add(new Client(5, fixture.guest(5)));
        clients.add(new Client(6, fixture.guest(6)));
        both(0, new ModelStore.Operation("SET_PERMS", "/", "n0|r5|"));
        both(0, new ModelStore.Operation("WRITE", "/a", "x"));
        both(0, new ModelStore.Operation("SET_PERMS", "/a", "b0|"));
        watchSome();

        for (int i = 0; i < 1500; i++)
        {
            step(random.nextInt(clients.size()));
            fixture.turns.advance(Starvation.PASSAGE_NS);
        }

        assertEquals("OK|", fixture.socket().ask("CONTROL", "check|"), this::context);
        assertTrue(commits > 20 && conflicts > 0, () -> "too tame: commits=" + commits + ", " + context());
    }

    private void watchSome()
    {
        final String[] paths = {"/", "/a", "/a/b", "/b", "/a/b/c", "/b/a"};

        for (int i = 0; i < clients.size(); i++)
        {
            for (final String path : paths)
            {
                final int depth = random.nextInt(4) - 1;
                final String token = "t" + i;
                clients.get(i).real.ok("WATCH", path + '|' + token + '|' + (depth < 0 ? "" : depth + "|"));
                clients.get(i).real.events();
                model.watch(i, clients.get(i).domid, path, depth, token);
            }
        }
    }

    private void step(final int number)
    {
        final Client client = clients.get(number);
        final int dice = random.nextInt(20);

        if (dice < 2 && client.realTransaction == 0)
        {
            history.add(number + " begin");
            client.realTransaction = client.real.begin();
            client.modelTransaction = model.begin();
        }
        else if (dice < 4 && client.realTransaction != 0)
        {
            end(number, dice < 3 || random.nextBoolean());
        }
        else
        {
            both(number, new ModelStore.Operation(OPERATIONS[random.nextInt(OPERATIONS.length)], path(), ""));
        }
    }

    private void end(final int number, final boolean isCommit)
    {
        final Client client = clients.get(number);
        history.add(number + (isCommit ? " commit" : " abort"));

        if (isCommit)
        {
            final String reply = client.real.commit(client.realTransaction);
            assertEquals(model.commit(client.modelTransaction, client.domid), reply, this::context);
            commits += reply.equals("OK|") ? 1 : 0;
            conflicts += reply.equals("EAGAIN") ? 1 : 0;
            compareEvents();
        }
        else
        {
            client.real.ok(client.realTransaction, "TRANSACTION_END", "F|");
            model.abort(client.modelTransaction);
        }

        client.realTransaction = 0;
    }

    private void both(final int number, final ModelStore.Operation given)
    {
        final Client client = clients.get(number);
        final String argument = !given.argument().isEmpty() ? given.argument() : switch (given.name())
        {
            case "WRITE" -> Integer.toString(random.nextInt(3));
            case "SET_PERMS" -> PERMISSIONS[random.nextInt(PERMISSIONS.length)];
            default -> "";
        };
        final ModelStore.Operation operation = new ModelStore.Operation(given.name(), given.path(), argument);
        final boolean isInside = client.realTransaction != 0 && random.nextInt(10) > 0;
        history.add(number + (isInside ? " in " : " ") + operation);
        final String reply = client.real.ask(
            isInside ? client.realTransaction : 0, given.name(), given.path() + '|' + argument);

        assertEquals(
            model.ask(isInside ? client.modelTransaction : 0, client.domid, operation), reply, this::context);
        compareEvents();
    }

    private void compareEvents()
    {
        for (int i = 0; i < clients.size(); i++)
        {
            assertEquals(model.events(i), clients.get(i).real.events().stream().sorted().toList(), this::context);
        }
    }

    private String path()
    {
        final int depth = random.nextInt(20) == 0 ? 0 : 1 + random.nextInt(3);
        final StringBuilder path = new StringBuilder(depth == 0 ? "/" : "");

        for (int i = 0; i < depth; i++)
        {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }

        return path.toString();
    }

    private String context()
    {
        return "seed=" + seed + " (-Dskerry.seed=N repeats it), last steps: " +
            String.join("; ", history.subList(Math.max(0, history.size() - 12), history.size()));
    }
}
