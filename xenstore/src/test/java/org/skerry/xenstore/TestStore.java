package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** A store with domains that exist as a test says, and rings that go nowhere. */
final class TestStore
{
    final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    final Set<Integer> existing = new HashSet<>();
    final ManualTurns turns = new ManualTurns();
    final Store store = new Store(
        TestLink::new, existing::contains, () -> 1_000, turns,
        new StoreLog(new PrintStream(logged, true, StandardCharsets.UTF_8)));

    /** @return a client with all rights. */
    TestClient socket()
    {
        return new TestClient(store, new XsConnection(Caller.SOCKET, null, 1, connection -> {}));
    }

    /** @return the client of a domain that is introduced now. */
    TestClient guest(final int domid)
    {
        existing.add(domid);
        socket().ok("INTRODUCE", domid + "|0|5|");
        return new TestClient(store, store.domains().find(domid).connection());
    }

    /** @return a guest that owns its home. */
    TestClient guestAtHome(final int domid)
    {
        final TestClient guest = guest(domid);
        socket().ok("WRITE", "/local/domain/" + domid + "|");
        socket().ok("SET_PERMS", "/local/domain/" + domid + "|n" + domid + "|");
        return guest;
    }

    private static final class TestLink implements DomainLink
    {
        private final XsConnection connection;

        TestLink(final KnownDomain domain, final int port)
        {
            connection = new XsConnection(Caller.ofDomain(domain.domid()), domain, 1, output -> {});
        }

        @Override
        public XsConnection connection()
        {
            return connection;
        }

        @Override
        public void rebind(final int port)
        {
        }

        @Override
        public void reset()
        {
        }

        @Override
        public void close()
        {
        }
    }
}
