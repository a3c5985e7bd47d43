package org.skerry.console;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import org.agrona.concurrent.NanoClock;

/**
 * Where guests' consoles and clients meet. It knows nothing of sockets, grants and ports: consoles are added and ended
 * by whoever watches the store, clients by whoever accepts them, and all of it happens on one thread.
 * <p>
 * A client's first line is {@code ATTACH <domid> <console id>[ force][ pid=<own pid>]}. The answer is {@code OK}, then
 * the scrollback and everything after it; or {@code ERR <errno name> <words>} and the end. One client at a time: a
 * second one is told who holds the console, unless it says {@code force}, which ends the first.
 */
final class ConsoleServer
{
    /** Clients at the same time, attached or not. */
    static final int MAX_CLIENTS = 256;

    /** Time that a client has for its first line. */
    static final long HANDSHAKE_TIMEOUT_NS = 10_000_000_000L;

    /** Time that a client has to read what is left of an ended console. */
    static final long DRAIN_TIMEOUT_NS = 60_000_000_000L;

    /** Time that the output of an ended console waits for a client who comes late. */
    static final long ENDED_LINGER_NS = 10_000_000_000L;

    /** Ended consoles that are kept at most. */
    static final int MAX_ENDED = 32;

    /** How often to look whether a client that reads slowly has made room. */
    private static final long HOLD_INTERVAL_NS = 5_000_000L;
    private static final String PID = "pid=";

    private final NanoClock clock;
    private final Consumer<String> log;
    private final Map<Long, GuestConsole> consoles = new HashMap<>();
    private final List<EndedConsole> ended = new ArrayList<>();
    private final List<ClientSession> sessions = new ArrayList<>();

    private record EndedConsole(GuestConsole console, long endedAtNs)
    {
    }

    /**
     * @param clock for everything that takes time.
     * @param log   receives one line for each fault of a guest.
     */
    ConsoleServer(final NanoClock clock, final Consumer<String> log)
    {
        this.clock = Objects.requireNonNull(clock);
        this.log = Objects.requireNonNull(log);
    }

    /** @return consoles of guests that exist. */
    int consoleCount()
    {
        return consoles.size();
    }

    /** @return clients, attached or not. */
    int clientCount()
    {
        return sessions.size();
    }

    /** A guest's console is there; what it has printed so far is taken at once. */
    void add(final GuestConsole console)
    {
        consoles.put(key(console.domid(), console.id()), console);
        ended.removeIf(old -> old.console.domid() == console.domid() && old.console.id() == console.id());
        console.connect();
        onBell(console);
    }

    /**
     * A guest's bell rang: serve it if it has a turn left and its client keeps up.
     *
     * @return 0 when it was served, else the time until its next turn, when {@link #onTurn} wants to be called.
     */
    long onBell(final GuestConsole console)
    {
        if (console.isEnded() || console.isTurnPending())
        {
            return 0;
        }

        final long nowNs = clock.nanoTime();
        final boolean isHeld = console.client() != null && console.client().holdsBack(nowNs);

        if (!isHeld && console.allowance().take(nowNs))
        {
            serve(console);
            return 0;
        }

        console.turnPending(true);
        return isHeld ? HOLD_INTERVAL_NS : console.allowance().delayNs(nowNs);
    }

    /**
     * The time that {@link #onBell} named has passed.
     *
     * @return 0 when the guest was served, else the time to wait once more.
     */
    long onTurn(final GuestConsole console)
    {
        console.turnPending(false);
        return onBell(console);
    }

    /**
     * The guest has stopped, its page is still mapped: take its last bytes and let its client have them. The page is
     * not touched after this, the scrollback stays until {@link #remove}.
     */
    void stop(final GuestConsole console)
    {
        if (!console.isEnded())
        {
            console.end();
            onEnded(console);
        }
    }

    /** The guest is no more: its scrollback waits a little for a client who comes late. */
    void remove(final GuestConsole console)
    {
        stop(console);

        if (consoles.remove(key(console.domid(), console.id()), console))
        {
            ended.add(new EndedConsole(console, clock.nanoTime()));

            if (ended.size() > MAX_ENDED)
            {
                ended.removeFirst();
            }
        }
    }

    /**
     * A client has connected.
     *
     * @return its session, or null when there are too many; then it has been told.
     */
    ClientSession accept(final ClientStream stream)
    {
        final ClientSession session = new ClientSession(this, stream, clock.nanoTime());

        if (sessions.size() >= MAX_CLIENTS)
        {
            session.refuse("EAGAIN too many clients: limit=" + MAX_CLIENTS);
            return null;
        }

        sessions.add(session);
        return session;
    }

    /**
     * Call about once a second while it answers true, and again after a client or the end of a guest: ends what waits
     * for too long.
     *
     * @return whether there is anything that can wait for too long.
     */
    boolean onTick()
    {
        final long nowNs = clock.nanoTime();
        ended.removeIf(old -> nowNs - old.endedAtNs > ENDED_LINGER_NS);

        for (final ClientSession session : List.copyOf(sessions))
        {
            if (session.console() == null && nowNs - session.connectedAtNs() > HANDSHAKE_TIMEOUT_NS)
            {
                session.refuse("ETIMEDOUT no request came");
            }
            else if (session.isGone() ||
                session.endedAtNs() != Long.MAX_VALUE && nowNs - session.endedAtNs() > DRAIN_TIMEOUT_NS)
            {
                session.close();
            }
        }

        return !sessions.isEmpty() || !ended.isEmpty();
    }

    void onRequest(final ClientSession session, final String line)
    {
        final String[] words = line.split(" ", -1);
        int used = 3;
        final boolean isForced = words.length > used && "force".equals(words[used]);
        used += isForced ? 1 : 0;

        if (words.length > used && words[used].startsWith(PID))
        {
            session.claimPid(number(words[used++].substring(PID.length())));
        }

        if (!"ATTACH".equals(words[0]) || words.length != used)
        {
            session.refuse("EINVAL expected: ATTACH <domid> <console id>[ force][ pid=<own pid>]");
            return;
        }

        final int domid = number(words[1]);
        final int id = number(words[2]);

        if (domid < 0 || id < 0)
        {
            session.refuse("EINVAL not a number: domid=" + words[1] + ", console=" + words[2]);
            return;
        }

        final GuestConsole console = find(domid, id);

        if (console == null)
        {
            session.refuse("ENOENT domain " + domid + " has no console " + id);
            return;
        }

        attach(session, console, isForced);
    }

    /**
     * A client types.
     *
     * @return bytes that the guest has room for.
     */
    int type(final GuestConsole console, final byte[] source, final int length)
    {
        final int count = console.type(source, length);

        if (console.isEnded())
        {
            onEnded(console);
        }

        return count;
    }

    /** @return the server's clock, now. */
    long nowNs()
    {
        return clock.nanoTime();
    }

    void onSessionClosed(final ClientSession session)
    {
        sessions.remove(session);

        if (session.console() != null && session.console().client() == session)
        {
            session.console().client(null);
        }
    }

    private void attach(final ClientSession session, final GuestConsole console, final boolean isForced)
    {
        final ClientSession holder = console.client();

        if (holder != null)
        {
            if (holder.isGone())
            {
                holder.close();
            }
            else if (isForced)
            {
                holder.takenOver(session.peer());
            }
            else
            {
                session.refuse("EBUSY console " + console.id() + " of domain " + console.domid() + " is held by " +
                    holder.peer() + " for " + (clock.nanoTime() - holder.connectedAtNs()) / 1_000_000_000L + " s");
                return;
            }
        }

        console.client(session);
        session.attached(console);

        if (console.isEnded())
        {
            session.onConsoleEnded(clock.nanoTime());
        }
    }

    private void onEnded(final GuestConsole console)
    {
        if (console.isViolated())
        {
            log.accept("console " + console.id() + " of domain " + console.domid() +
                ": the guest wrote indices that make no sense; not served any more");
        }

        if (console.client() != null)
        {
            console.client().onConsoleEnded(clock.nanoTime());
        }
    }

    private void serve(final GuestConsole console)
    {
        console.serve();

        if (console.isEnded())
        {
            onEnded(console);
        }
        else if (console.client() != null)
        {
            console.client().onConsoleChanged();
        }
    }

    private GuestConsole find(final int domid, final int id)
    {
        final GuestConsole console = consoles.get(key(domid, id));

        if (console != null)
        {
            return console;
        }

        for (final EndedConsole old : ended)
        {
            if (old.console.domid() == domid && old.console.id() == id)
            {
                return old.console;
            }
        }

        return null;
    }

    private static long key(final int domid, final int id)
    {
        return (long)domid << 32 | id;
    }

    private static int number(final String word)
    {
        if (word.isEmpty() || word.length() > 7)
        {
            return -1;
        }

        int value = 0;

        for (int i = 0; i < word.length(); i++)
        {
            final int digit = word.charAt(i) - '0';

            if (digit < 0 || digit > 9)
            {
                return -1;
            }

            value = value * 10 + digit;
        }

        return value;
    }
}
