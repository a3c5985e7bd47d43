package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import org.skerry.guest.Domain;
import org.skerry.guest.EventLoop;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.ControlServer;
import org.skerry.toolstack.device.VifDefaults;
import org.skerry.toolstack.xl.XlCommands;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

/**
 * The process of Domain-0: brings a host up in its run directory, serves commands, and takes the host down again when
 * it is told to, or when the hypervisor is gone.
 */
public final class Domain0
{
    private static final int EXIT_HYPERVISOR_GONE = 3;
    private static final int LOCK_MODE = 0600;

    private final RunDirectory runDirectory;
    private volatile Runnable letGo = () -> {};
    private volatile boolean isGoingDown;

    private Domain0(final RunDirectory runDirectory)
    {
        this.runDirectory = runDirectory;
    }

    /**
     * @param args none; the run directory follows from the environment.
     */
    public static void main(final String[] args)
    {
        try
        {
            new Domain0(RunDirectory.ofEnvironment().create()).run();
            Runtime.getRuntime().halt(0);
        }
        catch (final ToolstackException e)
        {
            System.err.println("Domain-0: " + e.getMessage());
            Runtime.getRuntime().halt(e.exitCode());
        }
    }

    private void run()
    {
        lock();
        final Processes processes = new Processes(runDirectory);
        final HypervisorProcess hypervisor = HypervisorProcess.start(processes);
        final Domain dom0 = hypervisor.attach();
        dom0.onHypervisorGone(this::onHypervisorGone);

        final SkerryHost host = new SkerryHost(runDirectory, dom0, processes);
        letGo = host::letGo;
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::onSignal));
        host.start(step -> System.err.println("Domain-0: " + step));
        Thread.ofPlatform().daemon().name("control").start(() -> serveCommands(host, dom0.loop()));
        dom0.loop().run();

        isGoingDown = true;
        hypervisor.end();
        processes.resources().close();
        removeRunDirectory();
    }

    /** Commands come until one of them takes the host down. */
    private void serveCommands(final SkerryHost host, final EventLoop loop)
    {
        final VifDefaults vifDefaults = RunDirectory.ownUid() == 0 ? VifDefaults.BRIDGE : VifDefaults.SWITCH;
        final XlCommands commands = new XlCommands(
            host, runDirectory, vifDefaults, Distribution.ofProperties().kernelDirectories());
        try (ControlServer server = ControlServer.open(runDirectory.controlSocket(), commands))
        {
            server.run();
        }
        catch (final IOException e)
        {
            System.err.println("Domain-0: cannot take commands any more: " + e.getMessage());
        }
        loop.execute(loop::stop);
    }

    /** One Domain-0 a run directory; the lock ends with the process. */
    private void lock()
    {
        final String path = runDirectory.path().resolve("lock").toString();
        final int fd = Fcntl.open(path, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_CLOEXEC, LOCK_MODE);
        if (fd < 0 || Fcntl.lockExclusive(fd) < 0)
        {
            Unistd.close(fd);
            throw new ToolstackException("another host runs in " + runDirectory);
        }
    }

    private void onHypervisorGone()
    {
        if (!isGoingDown)
        {
            isGoingDown = true;
            System.err.println("Domain-0: the hypervisor is gone; the host is down");
            letGo.run();
            removeRunDirectory();
            Runtime.getRuntime().halt(EXIT_HYPERVISOR_GONE);
        }
    }

    /** Told to end by a signal: all domains end with the hypervisor, which ends with us. */
    private void onSignal()
    {
        if (!isGoingDown)
        {
            isGoingDown = true;
            System.err.println("Domain-0: ended by a signal; the host is down");
            letGo.run();
            removeRunDirectory();
        }
    }

    /** All but the logs, which somebody may want to read. */
    private void removeRunDirectory()
    {
        final Path logs = runDirectory.path().resolve("log");
        try (Stream<Path> paths = Files.walk(runDirectory.path()))
        {
            final List<Path> removable = paths
                .filter(path -> !path.startsWith(logs) && !path.equals(runDirectory.domain0Log()) &&
                    !path.equals(runDirectory.path()))
                .sorted(Comparator.reverseOrder()).toList();
            for (final Path path : removable)
            {
                Files.deleteIfExists(path);
            }
        }
        catch (final IOException e)
        {
            System.err.println("Domain-0: cannot tidy " + runDirectory + ": " + e.getMessage());
        }
    }
}
