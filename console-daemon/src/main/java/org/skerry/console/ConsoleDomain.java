package org.skerry.console;

import org.agrona.concurrent.SystemNanoClock;
import org.skerry.guest.Domain;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreRingClient;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * The process of the console domain. It watches {@code backend/console} in its home, serves every console that appears
 * there, and takes clients on the listening socket that Domain-0 gave it under the name {@code listen}. It ends when
 * the hypervisor or xenstore does.
 */
public final class ConsoleDomain
{
    private static final String LISTEN = "listen";
    private static final String TYPE = "console";

    private ConsoleDomain()
    {
    }

    /**
     * @param args none.
     */
    public static void main(final String[] args)
    {
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.CONSOLE);
        final int listenFd = domain.capabilities().take(LISTEN);

        if (listenFd < 0)
        {
            throw new IllegalStateException("the console domain was given no listening socket");
        }

        serve(domain, XenstoreRingClient.attach(domain), listenFd);
    }

    private static void serve(final Domain domain, final XenstoreClient store, final int listenFd)
    {
        final ConsoleServer server = new ConsoleServer(SystemNanoClock.INSTANCE, System.err::println);
        final ConsoleListener listener = new ConsoleListener(domain.loop(), listenFd, server);

        try (BackendBus bus = new BackendBus(
            store, domain.domid(), TYPE, device -> new ConsoleBackend(domain, store, server, device, listener::tick)))
        {
            domain.loop().run();
            System.err.println("the console domain ends: consoles=" + bus.deviceCount());
        }
    }
}
