package org.skerry.xenstore;

import org.skerry.guest.Domain;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.xenstore.history.History;

/**
 * Xenstore as a domain: an unprivileged one, whose clients on its socket are whoever Domain-0 lets there, and whose
 * other clients are the domains that Domain-0 introduces.
 */
public final class XenstoreDomain
{
    /** Name of the capability from which clients come: see {@code handover.xml}. */
    private static final String CLIENTS = "clients";

    private static final int EXIT_NO_CLIENTS = 2;

    /** What is kept takes all but one part in so many of the memory. */
    private static final int REST_SHARE = 8;

    /** The history takes one part in so many. */
    private static final int HISTORY_SHARE = 32;

    private XenstoreDomain()
    {
    }

    /**
     * Attach, confine, serve until the hypervisor hangs up. What an earlier process of this domain left is gone on
     * with.
     *
     * @param args none.
     */
    public static void main(final String[] args)
    {
        final Domain domain = Domain.attach();
        final int clients = domain.capabilities().take(CLIENTS);

        if (clients < 0)
        {
            System.err.println("xenstore: Domain-0 gave no clients: capability=" + CLIENTS);
            System.exit(EXIT_NO_CLIENTS);
        }

        domain.confine(ConfinementProfile.XENSTORE);
        final XenstoreServer server = serve(domain);
        server.onLiveUpdate(() -> domain.shutdown(ShutdownReason.REBOOT));
        server.takeClients(clients);
        domain.loop().run();
    }

    /**
     * Serve in the turns of the domain's loop.
     *
     * @param domain that is attached, and confined when it is a process of its own.
     * @return the store, which has no clients yet but domains that an earlier process served.
     */
    public static XenstoreServer serve(final Domain domain)
    {
        final int populated = domain.memory().populatedFrames();
        final SurvivingMemory memory =
            new SurvivingMemory(domain.memory().takeHighest(populated - populated / REST_SHARE).buffer());
        final History history =
            new History(domain.memory().takeHighest(populated / HISTORY_SHARE).buffer());

        return new XenstoreServer(
            domain.loop(), new HypervisorPages(domain.foreignGrants(), domain.eventChannels()), domid -> true, memory,
            history);
    }
}
