package org.skerry.examples.shell;

import java.util.List;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.skerry.guest.Domain;
import org.skerry.guest.EventLoop;
import org.skerry.guest.blkfront.Blkfronts;
import org.skerry.guest.consolefront.Consolefront;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreRingClient;
import org.skerry.wire.ShutdownReason;

/**
 * The kernel of the example guest: brings up console, store, disks and vifs, then lets the user type. It obeys
 * {@code control/shutdown}.
 */
public final class Shell implements Agent
{
    private static final long DEVICE_PATIENCE_MS = 3_000;

    private final Domain domain;
    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final KernelLog log = new KernelLog(clock);
    private final Consolefront console;
    private final ConsoleTerminal terminal;
    private final ShellSession session;
    private XenstoreClient store;
    private Blkfronts disks;
    private Interfaces interfaces;
    private EventLoop.Timer timer;
    private long timerNs = Long.MAX_VALUE;
    private boolean isTalking;

    private Shell(final Domain domain)
    {
        this.domain = domain;
        console = Consolefront.attach(domain);
        terminal = new ConsoleTerminal(console);
        log.add("Skerry shell, domain " + domain.domid() + " \"" + domain.startInfo().name() + "\", " +
            domain.startInfo().memoryKb() + " KiB, command line \"" + domain.startInfo().cmdline() + "\"");

        if (domain.startInfo().storePort() != null)
        {
            store = XenstoreRingClient.attach(domain);
        }

        session = new ShellSession(terminal, terminal, new CommandTable(terminal, machine()));
    }

    /**
     * The entry of the kernel.
     *
     * @param domain that it is the kernel of.
     */
    public static void boot(final Domain domain)
    {
        final Shell shell = new Shell(domain);
        shell.findDevices();
        shell.talk();
    }

    @Override
    public int doWork()
    {
        int workCount = interfaces == null ? 0 : interfaces.doWork();

        if (isTalking)
        {
            workCount += session.doWork();
        }

        armTimer();
        return workCount;
    }

    @Override
    public String roleName()
    {
        return "shell";
    }

    private Machine machine()
    {
        return new Machine(
            domain.startInfo().name(), "/local/domain/" + domain.domid(), clock, log, this::disks,
            this::interfaces, store, new DomainFrames(), new DomainPower(), this::news);
    }

    private void findDevices()
    {
        domain.loop().addAgent(this);

        if (store == null)
        {
            log.add("no xenstore, so no devices");
            return;
        }

        disks = new Blkfronts(domain, store);
        interfaces = new Interfaces(domain, store, this::news);
        new ShutdownControl(store, this::onShutdown, log::add).begin();
        final long deadlineNs = clock.nanoTime() + DEVICE_PATIENCE_MS * 1_000_000;
        disks.awaitConnected(DEVICE_PATIENCE_MS);

        for (long leftMs = DEVICE_PATIENCE_MS; leftMs > 0 && !interfaces.areReady();
            leftMs = (deadlineNs - clock.nanoTime()) / 1_000_000)
        {
            domain.loop().poll((int)leftMs);
        }

        for (final Disk disk : disks())
        {
            log.add(disk.name() + ": " + disk.sectorCount() + " sectors, " + disk.state());
        }
    }

    private void talk()
    {
        isTalking = true;
        terminal.println("Skerry shell on domain " + domain.domid() + ". Type help for a list of commands.");
        session.begin();
        domain.loop().run();
    }

    private List<Disk> disks()
    {
        return disks == null ? List.of() : disks.disks().stream().map(disk -> (Disk)new BlkDisk(disk)).toList();
    }

    private List<Interface> interfaces()
    {
        return interfaces == null ? List.of() : interfaces.list();
    }

    private void onShutdown(final ShutdownReason reason)
    {
        log.add("the toolstack asks for " + reason);
        isTalking = true;
        session.end(reason, "The system is going down: " + reason);
    }

    private void news(final String line)
    {
        log.add(line);

        if (isTalking)
        {
            session.announce(line);
        }
    }

    /** Let the loop wake up when the command at work wants to be called. */
    private void armTimer()
    {
        final long deadlineNs = isTalking ? session.nextDeadlineNs() : Long.MAX_VALUE;

        if (deadlineNs == timerNs)
        {
            return;
        }

        if (timer != null)
        {
            timer.cancel();
            timer = null;
        }

        timerNs = deadlineNs;

        if (deadlineNs != Long.MAX_VALUE)
        {
            timer = domain.loop().schedule(Math.max(0, deadlineNs - clock.nanoTime()), this::onTimer);
        }
    }

    private void onTimer()
    {
        timerNs = Long.MAX_VALUE;
    }

    private final class DomainFrames implements Machine.Memory
    {
        private static final int FRAME_KB = 4;

        @Override
        public long totalKb()
        {
            return (long)domain.memory().populatedFrames() * FRAME_KB;
        }

        @Override
        public long freeKb()
        {
            return (long)domain.memory().freeFrameCount() * FRAME_KB;
        }
    }

    private final class DomainPower implements Machine.Power
    {
        @Override
        public boolean isConsoleDrained()
        {
            return terminal.isDrained();
        }

        @Override
        public void shutdown(final ShutdownReason reason)
        {
            domain.shutdown(reason);
        }
    }
}
