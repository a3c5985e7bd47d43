package org.skerry.console;

import java.util.Objects;

import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.event.EventChannels.EventChannelException;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.xenbus.BackendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.XenbusState;
import org.skerry.wire.ring.ConsoleRing;

/**
 * One console's nodes, page and port. A console has no handshake: the toolstack names page and port in the frontend's
 * directory before the guest runs; when both are there, we map, bind and serve.
 */
final class ConsoleBackend implements BackendDevice
{
    private static final String RING_REF = "ring-ref";
    private static final String PORT = "port";

    private final Domain domain;
    private final ConsoleServer server;
    private final XenbusDevice device;
    private final Runnable onGuestStopped;
    private XenstoreWatch watch;
    private GrantMapping page;
    private EventChannel channel;
    private GuestConsole console;

    /**
     * @param domain         this one.
     * @param store          to wait for the frontend's nodes.
     * @param server         gets the console.
     * @param device         the nodes.
     * @param onGuestStopped called when a guest has stopped.
     */
    ConsoleBackend(
        final Domain domain, final XenstoreClient store, final ConsoleServer server, final XenbusDevice device,
        final Runnable onGuestStopped)
    {
        this.domain = Objects.requireNonNull(domain);
        this.server = Objects.requireNonNull(server);
        this.device = Objects.requireNonNull(device);
        this.onGuestStopped = Objects.requireNonNull(onGuestStopped);
        connect();

        if (console == null && device.state() != XenbusState.CLOSING)
        {
            watch = store.watch(device.otherEndPath(), path -> connect());

            if (console != null)
            {
                stopWatching();
            }
        }
    }

    /** A console's frontend has no state of its own. */
    @Override
    public void onFrontendState(final XenbusState frontend)
    {
        connect();
    }

    @Override
    public void close()
    {
        stopWatching();

        if (console != null)
        {
            server.remove(console);
            release();
            onGuestStopped.run();
        }
    }

    private void connect()
    {
        if (console != null || device.state() == XenbusState.CLOSING)
        {
            return;
        }

        final long ref = device.readOtherNumber(RING_REF, Integer.MAX_VALUE);
        final long port = device.readOtherNumber(PORT, EventChannelPort.MAX_PORTS - 1);

        if (ref < 0 || port <= 0)
        {
            return;                                              // not yet; the watch tells us
        }

        try
        {
            page = domain.foreignGrants().map(device.otherEnd(), new GrantRef((int)ref), false);
            channel = domain.eventChannels().bindInterdomain(device.otherEnd(), new EventChannelPort((int)port));
        }
        catch (final GrantException | EventChannelException exception)
        {
            release();
            device.fail(exception.getMessage());
            return;
        }

        stopWatching();
        console = new GuestConsole(
            device.otherEnd().value(), device.id(), ConsoleRing.back(page.buffer()), channel::notifyRemote);
        channel.onRemoteClosed(this::onRemoteClosed);
        server.add(console);
        channel.onEvent(this::onBell);
        device.switchState(XenbusState.CONNECTED);
    }

    private void onBell()
    {
        waitForTurn(server.onBell(console));
    }

    private void onTurn()
    {
        if (channel != null)
        {
            channel.unmute();
            waitForTurn(server.onTurn(console));
        }
    }

    /** A guest that rings too often is not heard until its next turn. */
    private void waitForTurn(final long delayNs)
    {
        if (console.isEnded())
        {
            release();
        }
        else if (delayNs > 0)
        {
            channel.mute();
            domain.loop().schedule(delayNs, this::onTurn);
        }
    }

    private void onRemoteClosed()
    {
        server.stop(console);
        release();
        onGuestStopped.run();
    }

    /** Nothing reads or writes the page after this: the console has ended, or was never served. */
    private void release()
    {
        if (channel != null)
        {
            channel.close();
            channel = null;
        }

        if (page != null)
        {
            page.close();
            page = null;
        }
    }

    private void stopWatching()
    {
        if (watch != null)
        {
            watch.close();
            watch = null;
        }
    }
}
