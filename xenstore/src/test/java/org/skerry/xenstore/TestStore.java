package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.xenstore.history.History;

/** A store with domains that exist as a test says, and rings that go nowhere. */
final class TestStore
{
    final ByteArrayOutputStream logged = new ByteArrayOutputStream();
    final Set<Integer> existing = new HashSet<>();
    final ManualTurns turns = new ManualTurns();
    final Store store;
    private int nextClient = StateRecord.FIRST_SOCKET;

    /** Nothing of it is kept. */
    TestStore()
    {
        this(StateLog.none());
    }

    /** @param state what an earlier one kept there is had again. */
    TestStore(final StateLog state)
    {
        this(state, new UnsafeBuffer(new byte[1 << 16]));
    }

    /** @param past where changes are noted. */
    TestStore(final StateLog state, final UnsafeBuffer past)
    {
        store = new Store(
            new TestLinks(), existing::contains, () -> 1_000, turns,
            new StoreLog(new PrintStream(logged, true, StandardCharsets.UTF_8)), state, new History(past));
        store.begin(turns);
    }

    /** @return a client with all rights. */
    TestClient socket()
    {
        while (store.clients().containsKey(nextClient))
        {
            nextClient++;
        }

        final XsConnection connection =
            new XsConnection(nextClient++, Caller.SOCKET, null, 1, store.state().records());
        store.connected(connection);
        return new TestClient(store, connection);
    }

    /** @return a client of a connection that is there, which does not listen. */
    TestClient silent(final XsConnection connection)
    {
        return new TestClient(store, connection);
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

    private final class TestLinks implements DomainLink.Factory
    {
        @Override
        public DomainLink open(final KnownDomain domain, final int port)
        {
            final TestLink link = new TestLink(domain);
            link.writeTo(store.state().records());
            return link;
        }

        @Override
        public DomainLink adopt(final KnownDomain domain, final SavedConnection saved)
        {
            existing.add(domain.domid());
            return new TestLink(domain);
        }
    }

    private final class TestLink implements DomainLink
    {
        private final XsConnection connection;

        TestLink(final KnownDomain domain)
        {
            connection = new XsConnection(
                domain.domid(), Caller.ofDomain(domain.domid()), domain, 1, store.state().records());
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
        public void writeTo(final RecordWriter out)
        {
            out.ring(connection.number(), 5, 0, 0);
        }

        @Override
        public void close()
        {
        }
    }
}
