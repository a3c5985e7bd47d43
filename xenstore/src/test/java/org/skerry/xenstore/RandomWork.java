package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Clients that do whatever there is to do. They are found in the store itself, so that they can go on in the next. */
final class RandomWork
{
    private static final int CLIENTS = 4;
    private static final int DOMAINS = 4;
    private static final String[] NAMES = {"a", "b", "c"};

    private final Random random;

    RandomWork(final Random random)
    {
        this.random = random;
    }

    /** One request, or somebody takes what waits for it, or comes or goes. */
    void step(final TestStore store)
    {
        final List<XsConnection> connections = new ArrayList<>(store.store.clients().values());
        store.store.domains().all().forEach(domain ->
        {
            if (domain.isIntroduced())
            {
                connections.add(domain.connection());
            }
        });

        if (store.store.clients().size() < CLIENTS)
        {
            store.socket();
            return;
        }

        final XsConnection connection = connections.get(random.nextInt(connections.size()));

        switch (random.nextInt(12))
        {
            case 0 -> take(store, connection);
            case 1 ->
            {
                if (random.nextInt(10) == 0 && connection.number() >= StateRecord.FIRST_SOCKET)
                {
                    store.store.disconnected(connection);
                }
            }
            case 2 -> manage(store);
            default -> ask(store, connection);
        }
    }

    /** It takes some bytes, as a carrier would say it. */
    private void take(final TestStore store, final XsConnection connection)
    {
        final OutputQueue output = connection.output();

        if (!output.isEmpty())
        {
            output.bytes();
            final int count = 1 + random.nextInt(output.length());
            output.sent(count);
            store.store.state().records().sent(connection.number(), count);
        }
    }

    private void manage(final TestStore store)
    {
        final TestClient dom0 = store.silent(store.store.clients().values().iterator().next());
        final int domid = 1 + random.nextInt(DOMAINS);
        store.existing.add(domid);

        switch (random.nextInt(8))
        {
            case 0 -> dom0.say("RELEASE", domid + "|");
            case 1 -> dom0.say("SET_TARGET", domid + "|" + (1 + random.nextInt(DOMAINS)) + "|");
            case 2 -> dom0.say("SET_QUOTA", domid + "|nodes|" + random.nextInt(50) + "|");
            case 3 -> dom0.say("SET_QUOTA", "watches|" + random.nextInt(50) + "|");
            case 4 -> dom0.say("SET_FEATURE", domid + "|" + 2 * random.nextInt(8) + "|");
            default ->
            {
                dom0.say("INTRODUCE", domid + "|0|5|");
                dom0.say("WRITE", "/local/domain/" + domid + "|");
                dom0.say("SET_PERMS", "/local/domain/" + domid + "|n" + domid + "|");
            }
        }
    }

    private void ask(final TestStore store, final XsConnection connection)
    {
        final TestClient client = store.silent(connection);
        final int open = connection.transactionCount() == 0 ? 0 :
            connection.transactions().iterator().next().id();
        final int id = random.nextBoolean() ? open : 0;
        final String path = path();

        switch (random.nextInt(12))
        {
            case 0 -> client.say(id, "RM", path + "|");
            case 1 -> client.say(id, "MKDIR", path + "|");
            case 2 -> client.say(id, "SET_PERMS", path + "|n" + random.nextInt(5) + "|r" + random.nextInt(9) + "|");
            case 3 -> client.say("WATCH", path + "|" + random.nextInt(3) + "|");
            case 4 -> client.say("UNWATCH", path + "|" + random.nextInt(3) + "|");
            case 5 -> client.say("TRANSACTION_START", "|");
            case 6, 7 -> client.say(open, "TRANSACTION_END", random.nextInt(3) > 0 ? "T|" : "F|");
            case 8 -> client.say(random.nextInt(20) == 0 ? "RESET_WATCHES" : "DIRECTORY", path + "|");
            default -> client.say(id, "WRITE", path + "|" + "v".repeat(random.nextInt(60)));
        }
    }

    private String path()
    {
        final StringBuilder path = new StringBuilder(
            random.nextBoolean() ? "" : random.nextBoolean() ? "/" : "/local/domain/" + (1 + random.nextInt(4)) + "/");

        for (int i = random.nextInt(3); i > 0; i--)
        {
            path.append(NAMES[random.nextInt(NAMES.length)]).append('/');
        }

        return path.append(NAMES[random.nextInt(NAMES.length)]).toString();
    }
}
