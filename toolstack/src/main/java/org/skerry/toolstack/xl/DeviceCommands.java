package org.skerry.toolstack.xl;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.device.VbdInfo;
import org.skerry.toolstack.device.VifInfo;
import org.skerry.wire.Domid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Commands that list devices.
 */
final class DeviceCommands
{
    private DeviceCommands()
    {
    }

    /** {@code xl block-list}. */
    @Command(name = "block-list")
    static final class BlockList implements Callable<Integer>
    {
        private static final String ROW = "%-5s %-3s %-6s %-5s %-6s %-8s %-30s";

        private final Invocation invocation;

        @Parameters(arity = "1..*", paramLabel = "<Domain>")
        private List<String> names;

        BlockList(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            invocation.out().println(String.format(Locale.ROOT, ROW, "Vdev", "BE", "handle", "state", "evt-ch",
                "ring-ref", "BE-path"));
            return forEach(invocation, names, domid -> invocation.host().vbds(domid).forEach(this::print));
        }

        private void print(final VbdInfo vbd)
        {
            invocation.out().println(String.format(Locale.ROOT, ROW, vbd.vdev(), vbd.backend(), vbd.frontend(),
                vbd.state().code(), vbd.eventChannel(), vbd.ringRef(), vbd.backendPath()));
        }
    }

    /** {@code xl network-list}. */
    @Command(name = "network-list")
    static final class NetworkList implements Callable<Integer>
    {
        private final Invocation invocation;

        @Parameters(arity = "1..*", paramLabel = "<Domain>")
        private List<String> names;

        NetworkList(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            invocation.out().println(String.format(Locale.ROOT, "%-3s %-2s %-17s %-6s %-5s %-6s %5s/%-5s %-30s", "Idx",
                "BE", "Mac Addr.", "handle", "state", "evt-ch", "tx-", "rx-ring-ref", "BE-path"));
            return forEach(invocation, names, domid -> invocation.host().vifs(domid).forEach(this::print));
        }

        private void print(final VifInfo vif)
        {
            invocation.out().println(String.format(Locale.ROOT, "%-3d %-2s %-17s%6d %5d %6d %5d/%-11d %-30s",
                vif.devid(), vif.backend(), vif.mac(), vif.devid(), vif.state().code(), vif.eventChannel(),
                vif.txRingRef(), vif.rxRingRef(), vif.backendPath()));
        }
    }

    /** Does for all what can be done, says what cannot, and is a failure when there was any. */
    private static int forEach(final Invocation invocation, final List<String> names, final Consumer<Domid> list)
    {
        int code = 0;
        for (final String name : names)
        {
            try
            {
                list.accept(invocation.domain(name).domid());
            }
            catch (final ToolstackException ex)
            {
                invocation.err().println(ex.getMessage());
                code = ex.exitCode();
            }
        }

        return code;
    }
}
