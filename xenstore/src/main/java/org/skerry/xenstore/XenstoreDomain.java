package org.skerry.xenstore;

import org.skerry.guest.Domain;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * Xenstore as a domain: an unprivileged one, whose clients on its socket are whoever Domain-0 lets there, and whose
 * other clients are the domains that Domain-0 introduces.
 */
public final class XenstoreDomain
{
    /** Name of the capability that is the listening socket, which must not block. */
    private static final String LISTEN = "listen";

    private static final int EXIT_NO_SOCKET = 2;

    private XenstoreDomain()
    {
    }

    /**
     * Attach, confine, serve until the hypervisor hangs up.
     *
     * @param args none.
     */
    public static void main(final String[] args)
    {
        final Domain domain = Domain.attach();
        final int listener = domain.capabilities().take(LISTEN);

        if (listener < 0)
        {
            System.err.println("xenstore: Domain-0 gave no socket to listen on: capability=" + LISTEN);
            System.exit(EXIT_NO_SOCKET);
        }

        domain.confine(ConfinementProfile.XENSTORE);
        serve(domain, listener);
        domain.loop().run();
    }

    /**
     * Serve in the turns of the domain's loop.
     *
     * @param domain   that is attached, and confined when it is a process of its own.
     * @param listener a listening unix socket that does not block; stays the caller's.
     * @return the store.
     */
    public static XenstoreServer serve(final Domain domain, final int listener)
    {
        return new XenstoreServer(
            domain.loop(), listener, new HypervisorPages(domain.foreignGrants(), domain.eventChannels()),
            domid -> true);
    }
}
