package org.skerry.guest.event;

import java.util.function.BooleanSupplier;

import org.skerry.guest.EventLoop;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Timerfd;
import org.skerry.wire.linux.Unistd;

/**
 * One end of an event channel. Events carry no data and merge: a handler looks for all that may have happened.
 */
public final class EventChannel implements AutoCloseable
{
    private static final int NONE = -1;

    private final EventChannels owner;
    private final EventChannelPort port;
    private final EventLoop loop;
    private int remoteBell = NONE;
    private int ownBell = NONE;
    private final SpuriousEvents spurious = new SpuriousEvents();
    private BooleanSupplier onEvent;
    private EventLoop.Timer unmuting;
    private Runnable onRemoteClosed;
    private boolean isClosed;
    private boolean isListening;
    private boolean isMuted;
    private boolean isNotifyOwed;
    private boolean isTimer;
    private boolean isTellingRemoteClosed;

    EventChannel(final EventChannels owner, final EventChannelPort port, final EventLoop loop)
    {
        this.owner = owner;
        this.port = port;
        this.loop = loop;
    }

    /** @return the port on our side. */
    public EventChannelPort port()
    {
        return port;
    }

    /** @return whether there is a peer, or the hypervisor or we ourselves are the one who rings. */
    public boolean isBound()
    {
        return ownBell != NONE;
    }

    /**
     * Ring the peer, ourselves for an IPI: one system call. While there is no peer, or we do not know of it yet, none;
     * then it is rung as soon as we know. Any thread may call this: the bell is not closed meanwhile.
     */
    public synchronized void notifyRemote()
    {
        if (remoteBell != NONE)
        {
            Eventfd.signal(remoteBell);
        }
        else
        {
            isNotifyOwed = true;
        }
    }

    /**
     * For a peer that is trusted not to ring for nothing, or a handler that mutes by itself.
     *
     * @param handler runs on the loop after the bell was drained; it may run for nothing, and runs once when the
     *                channel is bound.
     */
    public void onEvent(final Runnable handler)
    {
        onEventLateEoi(() ->
        {
            handler.run();
            return true;
        });
    }

    /**
     * Listen to a peer that may ring without reason: then it is not heard for a while, at most
     * {@value SpuriousEvents#MAX_DELAY_MS} ms, and what rang meanwhile is one event.
     *
     * @param handler as for {@link #onEvent}; says whether there was something to do.
     */
    public void onEventLateEoi(final BooleanSupplier handler)
    {
        onEvent = handler;
        listen();
    }

    /**
     * @param handler runs on the loop when the peer closed its end or died, unless another is bound by then: the bell
     *                of that one may have been heard before.
     */
    public void onRemoteClosed(final Runnable handler)
    {
        onRemoteClosed = handler;
    }

    /**
     * Hear nothing until {@link #unmute}: the answer to a peer that rings more often than it is due. The peer's bells
     * cost nothing here meanwhile, and are heard as one event afterwards.
     */
    public void mute()
    {
        isMuted = true;
        if (isListening)
        {
            isListening = false;
            loop.remove(ownBell);
        }
    }

    /** Hear events again, and of what rang meanwhile. */
    public void unmute()
    {
        if (unmuting != null)
        {
            unmuting.cancel();
            unmuting = null;
        }
        isMuted = false;
        listen();
    }

    /**
     * For who waits for this channel outside of the loop.
     *
     * @return the bell that the peer rings, -1 when there is no peer; stays ours.
     */
    public int ownBell()
    {
        return ownBell;
    }

    /** Take back what the bell has said; for who waits outside of the loop. */
    public void drain()
    {
        if (ownBell != NONE)
        {
            silence();
        }
    }

    @Override
    public void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            dropBells();
            owner.close(this);
        }
    }

    /** A peer came; on the thread that read the connection, which for all but Domain-0 is the owner. */
    synchronized void bound(final int newRemoteBell, final int newOwnBell)
    {
        dropBells();
        if (isClosed)
        {
            Unistd.close(newRemoteBell);
            Unistd.close(newOwnBell);
            return;
        }
        remoteBell = newRemoteBell;
        ownBell = newOwnBell;
        if (isNotifyOwed)
        {
            isNotifyOwed = false;
            Eventfd.signal(remoteBell);
        }
        listen();
    }

    /** The bell of a virq, which the hypervisor rings. */
    void boundVirq(final int bell, final boolean isTimerfd)
    {
        ownBell = bell;
        isTimer = isTimerfd;
    }

    /** The bell of an IPI, which we ring and hear. */
    void boundIpi(final int bell)
    {
        ownBell = bell;
        remoteBell = bell;
    }

    /** The port was closed with all others. */
    void reset()
    {
        isClosed = true;
        dropBells();
    }

    void remoteClosed()
    {
        dropBells();
        if (!isClosed && onRemoteClosed != null && !isTellingRemoteClosed)
        {
            isTellingRemoteClosed = true;
            loop.execute(this::tellRemoteClosed);
        }
    }

    private void tellRemoteClosed()
    {
        isTellingRemoteClosed = false;
        if (!isClosed && !isBound() && onRemoteClosed != null)
        {
            onRemoteClosed.run();
        }
    }

    private void listen()
    {
        if (ownBell != NONE && onEvent != null && !isListening && !isMuted)
        {
            isListening = true;
            loop.onReadable(ownBell, this::rung);
        }
    }

    private void rung()
    {
        silence();
        final long delayNs = spurious.onHandled(onEvent.getAsBoolean(), loop.nanoTime());
        if (delayNs > 0 && !isClosed && !isMuted)
        {
            mute();
            unmuting = loop.schedule(delayNs, this::unmute);
        }
    }

    private void silence()
    {
        if (isTimer)
        {
            Timerfd.drain(ownBell);
        }
        else
        {
            Eventfd.drain(ownBell);
        }
    }

    synchronized void dropBells()
    {
        if (ownBell != NONE)
        {
            if (isListening)
            {
                isListening = false;
                loop.remove(ownBell);
            }
            Unistd.close(ownBell);
            if (remoteBell != ownBell && remoteBell != NONE)
            {
                Unistd.close(remoteBell);
            }
            ownBell = NONE;
            remoteBell = NONE;
        }
    }
}
