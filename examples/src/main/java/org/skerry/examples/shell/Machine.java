package org.skerry.examples.shell;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.agrona.concurrent.NanoClock;
import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.wire.ShutdownReason;

/**
 * What commands can reach.
 *
 * @param name    of the domain.
 * @param home    of the domain in xenstore, from the root.
 * @param clock   for everything that takes time.
 * @param log     of the kernel.
 * @param disks   as of now.
 * @param network the interfaces as of now.
 * @param store   xenstore, or null when the domain has none.
 * @param memory  of the domain.
 * @param power   ends the domain.
 * @param news    takes a line of the kernel's own, for log and user.
 */
record Machine(
    String name, String home, NanoClock clock, KernelLog log, Supplier<List<Disk>> disks,
    Supplier<List<Interface>> network, XenstoreAccess store, Memory memory, Power power, Consumer<String> news)
{
    /** The domain's memory, in KiB. */
    interface Memory
    {
        long totalKb();

        long freeKb();
    }

    /** The ways to end a domain. */
    interface Power
    {
        /** @return whether the backend has taken all that was printed. */
        boolean isConsoleDrained();

        /** Does not come back in a real domain. */
        void shutdown(ShutdownReason reason);
    }
}
