package org.skerry.toolstack.host;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.skerry.guest.Domain;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.toolstack.ConsoleEndpoint;
import org.skerry.toolstack.CreateOptions;
import org.skerry.toolstack.DomainControl;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.Host;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.config.ShutdownAction;
import org.skerry.toolstack.device.DeviceLists;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.VbdInfo;
import org.skerry.toolstack.device.VifInfo;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Time;
import org.skerry.wire.linux.Unistd;

/**
 * The host, as Domain-0 runs it. Building and ending of domains happens one at a time; looking never waits for that.
 */
final class SkerryHost implements Host
{
    private static final long RETRY_SECONDS = 5;
    private static final long SHUTDOWN_PATIENCE_NS = Patience.ns(10, TimeUnit.SECONDS);
    private static final long KILL_PATIENCE_NS = Patience.ns(5, TimeUnit.SECONDS);

    private final RunDirectory runDirectory;
    private final Domain dom0;
    private final Domctl domctl;
    private final Processes processes;
    private final DomainRegistry registry = new DomainRegistry();
    private final Services services;
    private final DomainControls controls;
    private final HostBridges bridges = new HostBridges();
    private final BackendWatch backendWatch;
    private final ScheduledExecutorService aftermath = executor("aftermath");
    /** What follows the end of others asks xenstore, and waits for it when it has died: it cannot wait for them. */
    private final ScheduledExecutorService storeAftermath = executor("xenstore-aftermath");
    private volatile boolean isGoingDown;

    /**
     * @param runDirectory of this host.
     * @param dom0         attached; its loop is run by the caller.
     * @param processes    starts processes.
     */
    SkerryHost(final RunDirectory runDirectory, final Domain dom0, final Processes processes)
    {
        this.runDirectory = runDirectory;
        this.dom0 = dom0;
        this.processes = processes;
        this.domctl = new Domctl(dom0);
        this.services = new Services(runDirectory, domctl, processes, registry);
        this.controls = new DomainControls(this, domctl, services, processes.resources(), registry);
        this.backendWatch = new BackendWatch();
        dom0.onDomainExited((domid, reason) -> after(registry.find(domid)).execute(() -> onExited(domid, reason)));
    }

    private static ScheduledExecutorService executor(final String name)
    {
        return Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name(name).factory());
    }

    private ScheduledExecutorService after(final HostDomain ended)
    {
        return ended != null && ended.service() == ServiceKind.XENSTORE ? storeAftermath : aftermath;
    }

    /** Start the service domains. */
    void start(final Progress progress)
    {
        services.start(progress);
    }

    @Override
    public Domid create(final DomainConfig config, final CreateOptions options, final Progress progress)
    {
        final HostDomain domain = build(config, options, progress);
        try
        {
            progress.onStep("connecting the devices of " + config.name());
            backendWatch.await(services.store(), domain.domid());
        }
        catch (final RuntimeException e)
        {
            end(domain);
            throw e;
        }

        return domain.domid();
    }

    @Override
    public List<DomainInfo> domains()
    {
        final List<DomainInfo> infos = new ArrayList<>();
        for (final Domctl.Info info : domctl.domains())
        {
            final HostDomain domain = registry.find(info.domid());
            if (info.domid().equals(Domid.DOM0))
            {
                infos.add(dom0Info(info));
            }
            else if (domain != null)
            {
                infos.add(info(info, domain));
            }
        }

        return infos;
    }

    @Override
    public DomainInfo find(final String idOrName)
    {
        final boolean isNumber = !idOrName.isEmpty() && idOrName.chars().allMatch(c -> c >= '0' && c <= '9');
        return domains().stream()
            .filter(info -> isNumber ?
                info.domid().toString().equals(idOrName) :
                info.name().equals(idOrName) || info.uuid().toString().equals(idOrName))
            .findFirst().orElse(null);
    }

    @Override
    public DomainConfig configOf(final Domid domid)
    {
        final HostDomain domain = registry.find(domid);
        return domain == null ? null : domain.config();
    }

    @Override
    public void pause(final Domid domid)
    {
        controls.pause(registry.require(domid));
    }

    @Override
    public void unpause(final Domid domid)
    {
        controls.unpause(registry.require(domid));
    }

    @Override
    public DomainControl control()
    {
        return controls;
    }

    @Override
    public void debugKeys(final String keys)
    {
        final long result = domctl.debugKeys(keys);
        if (result < 0)
        {
            throw new ToolstackException("cannot send debug keys: " + keys + ": " + Errno.nameOf(result));
        }
    }

    @Override
    public void requestShutdown(final Domid domid, final ShutdownReason reason)
    {
        final HostDomain domain = registry.require(domid);
        if (domain.service() != null)
        {
            throw new ToolstackException("domain " + domid + " serves the host; it ends with bin/skerry down");
        }
        services.store().write(DeviceNodes.home(domid) + "/control/shutdown",
            reason == ShutdownReason.REBOOT ? "reboot" : "poweroff");
    }

    @Override
    public ShutdownReason awaitShutdown(final Domid domid) throws InterruptedException
    {
        final HostDomain domain = registry.find(domid);
        if (domain == null)
        {
            return null;
        }
        try
        {
            return domain.shutdown().get();
        }
        catch (final ExecutionException e)
        {
            throw new IllegalStateException("a domain's end failed", e);
        }
    }

    @Override
    public void awaitGone(final Domid domid) throws InterruptedException
    {
        final HostDomain domain = registry.find(domid);
        try
        {
            if (domain != null)
            {
                domain.gone().get();
            }
        }
        catch (final ExecutionException e)
        {
            throw new IllegalStateException("a domain's end failed", e);
        }
    }

    @Override
    public void destroy(final Domid domid)
    {
        final HostDomain domain = registry.require(domid);
        if (domain.service() != null)
        {
            throw new ToolstackException("domain " + domid + " serves the host; it ends with bin/skerry down");
        }
        end(domain);
    }

    @Override
    public List<VbdInfo> vbds(final Domid domid)
    {
        return DeviceLists.vbds(services.store(), domid);
    }

    @Override
    public List<VifInfo> vifs(final Domid domid)
    {
        return DeviceLists.vifs(services.store(), domid);
    }

    @Override
    public ConsoleEndpoint consoleOf(final Domid domid, final int consoleId)
    {
        registry.require(domid);
        return new ConsoleEndpoint(runDirectory.consoleSocket(), domid, consoleId);
    }

    @Override
    public SequencedMap<String, String> info()
    {
        return HostInfo.collect(domctl.memory());
    }

    @Override
    public String messages(final boolean clear)
    {
        return domctl.messages(clear);
    }

    @Override
    public void down(final Progress progress)
    {
        isGoingDown = true;
        final List<HostDomain> guests =
            registry.all().stream().filter(domain -> domain.service() == null).toList();
        for (final HostDomain guest : guests)
        {
            progress.onStep("shutting down " + guest.name());
            askToStop(guest);
        }
        final long deadlineNs = System.nanoTime() + SHUTDOWN_PATIENCE_NS;
        for (final HostDomain guest : guests)
        {
            waitUntil(guest, deadlineNs);
            end(guest);
        }
        progress.onStep("ending the service domains");
        services.endJournal();
        for (final HostDomain service : registry.all().reversed())
        {
            end(service);
        }
        services.close();
        bridges.close();
    }

    /** The end came from outside: let go of what would outlive this process. */
    void letGo()
    {
        isGoingDown = true;
        registry.all().forEach(domain -> domain.deviceFiles().forEach(DeviceFile::close));
        bridges.close();
        processes.resources().close();
    }

    private synchronized HostDomain build(
        final DomainConfig config, final CreateOptions options, final Progress progress)
    {
        if (isGoingDown)
        {
            throw new ToolstackException("the host is going down");
        }
        try (GuestBuilder builder =
            new GuestBuilder(domctl, services, processes, bridges, registry, config, options))
        {
            builder.prepare();
            final HostDomain domain = builder.create();
            try
            {
                progress.onStep("starting " + config.name());
                builder.connect(domain);
                builder.launch(domain);
            }
            catch (final RuntimeException e)
            {
                end(domain);
                throw e;
            }

            return domain;
        }
    }

    /** Take a domain apart, until nothing of it is left. */
    private void end(final HostDomain domain)
    {
        if (!domain.beginDying())
        {
            domain.gone().join();
            return;
        }

        final LaunchedProcess process = domain.process();
        if (process != null)
        {
            process.kill();
            awaitExit(domain, process);
        }
        domctl.destroyDomain(domain.domid());
        final XenstoreClient store = services.store();
        if (domain.service() != ServiceKind.XENSTORE && store != null && store.isOpen())
        {
            forget(store, domain);
        }
        domain.deviceFiles().forEach(DeviceFile::release);
        if (domain.service() == null)
        {
            processes.removeLog(domain.name());
        }
        registry.remove(domain);
        domain.shutdown().complete(null);
        domain.gone().complete(null);
    }

    private static void forget(final XenstoreClient store, final HostDomain domain)
    {
        try
        {
            DeviceNodes.removeDomain(store, domain.domid());
            if (store.isIntroduced(domain.domid()))
            {
                store.release(domain.domid());
            }
        }
        catch (final XenstoreException e)
        {
            System.err.println("xenstore keeps nodes of domain " + domain.domid() + ": " + e.getMessage());
        }
    }

    private static void awaitExit(final HostDomain domain, final LaunchedProcess process)
    {
        try
        {
            process.exit().get(KILL_PATIENCE_NS, TimeUnit.NANOSECONDS);
        }
        catch (final TimeoutException e)
        {
            System.err.println("process of domain " + domain.domid() + " does not end: pid=" + process.pid());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        catch (final ExecutionException e)
        {
            throw new IllegalStateException("a process could not be reaped", e);
        }
    }

    /** The hypervisor says that a domain has stopped. */
    private void onExited(final Domid domid, final ShutdownReason reason)
    {
        final HostDomain domain = registry.find(domid);
        if (domain == null)
        {
            return;
        }
        domain.shutdown().complete(reason);
        if (domain.isDying() || isGoingDown)
        {
            return;
        }
        System.err.println("Domain " + domid + " (" + domain.name() + ") has shut down, reason code " +
            reason.code() + " (" + reason + ")" +
            (reason == ShutdownReason.CRASH ? processes.lastWords(domain.name()) : ""));
        if (domain.service() != null)
        {
            restart(domain);
        }
        else if (domain.options().obeyOnActions())
        {
            // Starting a guest again takes its time, and a service that has died must not wait for it.
            Thread.ofPlatform().daemon().name("after " + domid).start(() ->
                obey(domain, domain.config().actions().after(reason)));
        }
    }

    private void restart(final HostDomain service)
    {
        final LaunchedProcess process = service.process();
        if (process != null)
        {
            process.kill();
            awaitExit(service, process);
        }
        final long delaySeconds = services.restartDelaySeconds(service);
        if (delaySeconds > 0)
        {
            System.err.println(service.name() + " died young; it is started again in " + delaySeconds + " s");
        }
        after(service).schedule(() -> startAgain(service), delaySeconds, TimeUnit.SECONDS);
    }

    private void startAgain(final HostDomain service)
    {
        try
        {
            if (!isGoingDown)
            {
                services.restart(service);
            }
        }
        catch (final RuntimeException e)
        {
            System.err.println("cannot start " + service.name() + " again: " + e.getMessage());
            after(service).schedule(() -> startAgain(service), RETRY_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void obey(final HostDomain domain, final ShutdownAction action)
    {
        switch (action)
        {
            case DESTROY, COREDUMP_DESTROY -> end(domain);
            case RESTART, RENAME_RESTART, COREDUMP_RESTART, SOFT_RESET ->
            {
                end(domain);
                try
                {
                    create(domain.config(), domain.options(), Progress.SILENT);
                }
                catch (final RuntimeException e)
                {
                    System.err.println("cannot restart " + domain.name() + ": " + e.getMessage());
                }
            }
            case PRESERVE -> System.err.println("Domain " + domain.domid() + " is preserved");
        }
    }

    private void askToStop(final HostDomain guest)
    {
        try
        {
            requestShutdown(guest.domid(), ShutdownReason.POWEROFF);
        }
        catch (final RuntimeException e)
        {
            System.err.println("cannot ask " + guest.name() + " to stop: " + e.getMessage());
        }
    }

    private static void waitUntil(final HostDomain guest, final long deadlineNs)
    {
        try
        {
            guest.shutdown().get(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
        catch (final TimeoutException e)
        {
            System.err.println(guest.name() + " did not stop in time");
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        catch (final ExecutionException e)
        {
            throw new IllegalStateException("a domain's end failed", e);
        }
    }

    private DomainInfo dom0Info(final Domctl.Info info)
    {
        return new DomainInfo(
            info.domid(), info.name(), registry.dom0Uuid(), info.memoryKb(), info.memoryKb(), info.vcpus(),
            DomainInfo.State.RUNNING, null, Time.processCpuTimeNs(Unistd.getpid()), HostInfo.STARTED_AT, true,
            Unistd.getpid(), "none");
    }

    private DomainInfo info(final Domctl.Info info, final HostDomain domain)
    {
        final LaunchedProcess process = domain.process();
        final boolean isAlive = process != null && !process.exit().isDone();
        final DomainInfo.State state;
        if (domain.isDying())
        {
            state = DomainInfo.State.DYING;
        }
        else if (info.shutdownReason() != null)
        {
            state = DomainInfo.State.SHUTDOWN;
        }
        else if (domain.isPaused())
        {
            state = DomainInfo.State.PAUSED;
        }
        else
        {
            state = isAlive && ProcessState.isRunning(process.pid()) ?
                DomainInfo.State.RUNNING : DomainInfo.State.BLOCKED;
        }

        return new DomainInfo(
            info.domid(), domain.name(), domain.uuid(), info.memoryKb(), info.maxMemoryKb(), info.vcpus(), state,
            state.shutdown() ? info.shutdownReason() : null, process == null ? 0 : process.cpuTimeNs(),
            domain.startedAt(), domain.service() != null, isAlive ? process.pid() : 0, processes.confinement());
    }
}
