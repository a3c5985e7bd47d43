package org.skerry.kernel;

import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.policy.Descriptors;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * The process of the hypervisor. Domain-0 starts it, with the connection to Domain-0 as fd 3.
 */
public final class HypervisorMain
{
    private static final int DOM0_GRANT_TABLE_FRAMES = 4;
    private static final int DOM0_MAPTRACK_FRAMES = 64;
    private static final int DOM0_MAX_PORTS = 1023;

    private HypervisorMain()
    {
    }

    /**
     * @param args memory of all domains together and memory of Domain-0, both in frames of 4 KiB; vcpus of Domain-0.
     */
    public static void main(final String[] args)
    {
        if (args.length != 3)
        {
            System.err.println("usage: HypervisorMain TOTAL_FRAMES DOM0_FRAMES DOM0_VCPUS");
            System.exit(2);
        }

        final int dom0Frames = Integer.parseInt(args[1]);
        final KernelDomain.Details dom0 = new KernelDomain.Details(
            "Domain-0", "", dom0Frames, dom0Frames, DOM0_GRANT_TABLE_FRAMES, DOM0_MAPTRACK_FRAMES, DOM0_MAX_PORTS,
            Integer.parseInt(args[2]));
        final Hypervisor hypervisor = new Hypervisor(Long.parseLong(args[0]), Hypercalls.CONNECTION_FD, dom0);
        if (Descriptors.isReserved(Hypercalls.CONNECTION_FD))   // which asks for the limit as long as we may
        {
            throw new IllegalStateException("the hypervisor may have too few descriptors");
        }
        final int confined = ConfinementProfile.HYPERVISOR.apply();
        if (confined < 0)
        {
            throw new IllegalStateException("cannot confine the hypervisor: " + Errno.nameOf(confined));
        }
        hypervisor.run();
        Runtime.getRuntime().halt(0);
    }
}
