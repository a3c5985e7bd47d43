package org.skerry.console;

import java.util.Objects;

import org.skerry.wire.ring.ConsoleRing;

/**
 * One console of one guest, from the moment its page is mapped: the backend's half of the ring, the scrollback, and
 * the client who types.
 * <p>
 * Each {@link #serve} moves at most one ring of bytes. A guest that breaks the ring's rules loses its console, nothing
 * else: it is {@link #isEnded ended} and never looked at again.
 */
final class GuestConsole
{
    /** Bytes of output that are kept. */
    static final int SCROLLBACK_CAPACITY = 64 * 1024;

    private final int domid;
    private final int id;
    private final ConsoleRing ring;
    private final Runnable notifyRemote;
    private final Scrollback scrollback = new Scrollback(SCROLLBACK_CAPACITY);
    private final TurnAllowance allowance = new TurnAllowance();
    private final byte[] turn = new byte[ConsoleRing.OUT_SIZE];
    private ClientSession client;
    private boolean isEnded;
    private boolean isViolated;
    private boolean isTurnPending;

    /**
     * @param domid        the guest.
     * @param id           which of its consoles, 0 for the first.
     * @param ring         the backend's half of its page.
     * @param notifyRemote rings the guest's bell; must not fail when the guest is gone.
     */
    GuestConsole(final int domid, final int id, final ConsoleRing ring, final Runnable notifyRemote)
    {
        this.domid = domid;
        this.id = id;
        this.ring = Objects.requireNonNull(ring);
        this.notifyRemote = Objects.requireNonNull(notifyRemote);
    }

    int domid()
    {
        return domid;
    }

    int id()
    {
        return id;
    }

    /** @return the output that is kept. */
    Scrollback scrollback()
    {
        return scrollback;
    }

    /** @return whether no byte will ever be added: the guest ended, or broke the rules. */
    boolean isEnded()
    {
        return isEnded;
    }

    /** @return whether it ended because the guest wrote indices that make no sense. */
    boolean isViolated()
    {
        return isViolated;
    }

    /** @return the client that is attached, or null. */
    ClientSession client()
    {
        return client;
    }

    void client(final ClientSession newClient)
    {
        client = newClient;
    }

    /** Tell the guest that somebody serves its page. */
    void connect()
    {
        ring.connected(true);
        notifyRemote.run();
    }

    TurnAllowance allowance()
    {
        return allowance;
    }

    /** Whether a turn is owed to the guest as soon as its allowance permits. */
    boolean isTurnPending()
    {
        return isTurnPending;
    }

    void turnPending(final boolean isPending)
    {
        isTurnPending = isPending;
    }

    /**
     * Take what the guest printed, at most one ring of it.
     *
     * @return bytes taken.
     */
    int serve()
    {
        if (isEnded)
        {
            return 0;
        }

        final int count = ring.read(turn, 0, turn.length);

        if (count == ConsoleRing.PROTOCOL_VIOLATION)
        {
            endByViolation();
            return 0;
        }

        if (count > 0)
        {
            scrollback.append(turn, 0, count);
            notifyRemote.run();
        }

        return count;
    }

    /**
     * Type to the guest.
     *
     * @return bytes taken.
     */
    int type(final byte[] source, final int length)
    {
        final int count = isEnded ? 0 : ring.write(source, 0, length);

        if (count == ConsoleRing.PROTOCOL_VIOLATION)
        {
            endByViolation();
            return 0;
        }

        if (count > 0)
        {
            notifyRemote.run();
        }

        return count;
    }

    /** The guest is gone: take its last bytes; the page is not touched after this. */
    void end()
    {
        serve();
        isEnded = true;
    }

    private void endByViolation()
    {
        isViolated = true;
        isEnded = true;
    }
}
