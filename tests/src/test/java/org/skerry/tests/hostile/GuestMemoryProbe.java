package org.skerry.tests.hostile;

import java.util.concurrent.TimeUnit;

import org.skerry.guest.Domain;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * The process of a block driver domain that was granted one page by a guest and wants to see more of it, as
 * {@link MemoryAttempts} has it; {@link GuestMemoryEscapeTest} judges.
 */
public final class GuestMemoryProbe
{
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int PAGE = Hypercalls.PAGE_SIZE;

    private final Domain domain;
    private final Domid victim;
    private final int grantRef;
    private final MemoryAttempts attempts;

    private GuestMemoryProbe(final Domain domain, final String[] args)
    {
        this.domain = domain;
        this.victim = new Domid(Integer.parseInt(args[1]));
        this.grantRef = Integer.parseInt(args[2]);
        this.attempts = new MemoryAttempts(domain, victim, Integer.parseInt(args[0]));
    }

    /**
     * @param args process id and number of the guest; the reference of the page that it grants us.
     */
    public static void main(final String[] args) throws GrantException
    {
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.BLK);
        new GuestMemoryProbe(domain, args).run();
        MemoryAttempts.say("end", "reached", 1);
        domain.shutdown(ShutdownReason.POWEROFF);
    }

    private void run() throws GrantException
    {
        takeWhatIsGranted();
        attempts.lookAtTheWindow();
        askForMore();
        attempts.makeTheWindowLonger();
        attempts.reachTheProcess();
    }

    private void takeWhatIsGranted() throws GrantException
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        GrantMapping mapping = null;
        while (mapping == null)
        {
            try
            {
                mapping = domain.foreignGrants().map(victim, new GrantRef(grantRef), false);
            }
            catch (final GrantException e)
            {
                if (deadlineNs - System.nanoTime() < 0)
                {
                    throw e;
                }
                domain.loop().poll(10);                          // the guest has to come up, and the page to move
            }
        }
        MemoryAttempts.say("granted", "word", mapping.buffer().getLong(0));
        MemoryAttempts.say("granted", "last word", mapping.buffer().getLong(PAGE - Long.BYTES));
        MemoryAttempts.say("granted", "window length", attempts.takeTheWindow());
    }

    /** Of the hypervisor. */
    private void askForMore()
    {
        MemoryAttempts.attempt("its read-only window", attempts.openWindow(true));
        for (int ref = 0; ref < PAGE / Long.BYTES; ref++)
        {
            if (ref != grantRef)
            {
                MemoryAttempts.attempt("grant " + ref, attempts.grantStatus(ref));
            }
        }
    }
}
