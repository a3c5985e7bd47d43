package org.skerry.xenstore;

import java.util.function.UnaryOperator;

import org.agrona.concurrent.UnsafeBuffer;
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

    /** Argument of a process that waits until the one that serves has ended. */
    private static final String STANDBY = "standby";

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
     * @param args {@code standby} for a process that is attached later: what it will do is made quick meanwhile.
     */
    public static void main(final String[] args)
    {
        if (args.length > 0 && args[0].equals(STANDBY))
        {
            Rehearsal.run();
            ConfinementProfile.XENSTORE.prepare();
            System.gc();
        }

        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.XENSTORE);
        final XenstoreServer server = serve(domain);
        server.onLiveUpdate(() -> domain.shutdown(ShutdownReason.REBOOT));
        domain.capabilities().onCapability(tag ->
        {
            if (tag.equals(CLIENTS))
            {
                server.takeClients(domain.capabilities().take(tag));
            }
        });
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
        return serve(domain, UnaryOperator.identity(), UnaryOperator.identity());
    }

    /**
     * The same with something between it and the world.
     *
     * @param pages  stand in front of those of domains.
     * @param memory stands in front of that which outlives the process.
     */
    public static XenstoreServer serve(
        final Domain domain, final UnaryOperator<DomainPages> pages, final UnaryOperator<UnsafeBuffer> memory)
    {
        final int populated = domain.memory().populatedFrames();
        final SurvivingMemory state = new SurvivingMemory(
            memory.apply(domain.memory().takeHighest(populated - populated / REST_SHARE).buffer()));
        final History history =
            new History(domain.memory().takeHighest(populated / HISTORY_SHARE).buffer());

        return new XenstoreServer(
            domain.loop(), pages.apply(new HypervisorPages(domain.foreignGrants(), domain.eventChannels())),
            domid -> true, state, history);
    }
}
