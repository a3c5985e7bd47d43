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
        new XenstoreServer(
            domain.loop(), listener, new HypervisorPages(domain.foreignGrants(), domain.eventChannels()),
            domid -> true);
        domain.loop().run();
    }
}
