package org.skerry.toolstack.xl;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.DomainConfigReader;
import org.skerry.toolstack.config.ReadContext;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.Vdev;
import org.skerry.toolstack.device.VifDefaults;
import org.skerry.wire.Domid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Commands that plug disks into a guest that runs, and unplug them.
 */
@Command
final class BlockCommands
{
    private final Invocation invocation;
    private final VifDefaults vifDefaults;

    BlockCommands(final Invocation invocation, final VifDefaults vifDefaults)
    {
        this.invocation = invocation;
        this.vifDefaults = vifDefaults;
    }

    @Command(name = "block-attach")
    int attach(
        @Parameters(index = "0", paramLabel = "<Domain>") final String name,
        @Parameters(index = "1..*", arity = "1..*", paramLabel = "<disk>") final List<String> components)
    {
        final Domid domid = invocation.domain(name).domid();
        final List<String> notices = new ArrayList<>();
        final DiskSpec disk = DomainConfigReader.readDisk(
            String.join(",", components),
            new ReadContext(invocation.session().workingDirectory(), invocation.kernelDirectories(), vifDefaults,
                new SecureRandom(), invocation.dialect() == Dialect.XM),
            notices::add);
        notices.forEach(invocation.err()::println);
        invocation.host().control().attach(domid, disk);

        return 0;
    }

    @Command(name = "block-detach")
    int detach(
        @Option(names = "--force") final boolean force,
        @Parameters(index = "0", paramLabel = "<Domain>") final String name,
        @Parameters(index = "1", paramLabel = "<DevId>") final String device)
    {
        final Domid domid = invocation.domain(name).domid();
        invocation.host().control().detach(domid, vdev(device), force);

        return 0;
    }

    private static Vdev vdev(final String device)
    {
        try
        {
            return Vdev.parse(device);
        }
        catch (final IllegalArgumentException ex)
        {
            throw new ToolstackException(ex.getMessage());
        }
    }
}
