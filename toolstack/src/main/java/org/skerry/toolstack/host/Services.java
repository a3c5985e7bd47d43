package org.skerry.toolstack.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreSocketClient;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DomainNodesSpec;
import org.skerry.toolstack.resource.ResourceLimits;
import org.skerry.toolstack.xenstore.StoreJournal;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * The service domains of the host: started in the order of their need, started again when they die. Each kind is
 * started by one thread at a time, and no lock is held while xenstore is asked: it may have to be started again first.
 */
final class Services
{
    /** What a service has of xenstore grows with the number of guests, as Domain-0's does in Xen. */
    private static final List<String> UNLIMITED =
        List.of("nodes", "watches", "memory", "soft-memory", "transaction-nodes");

    /** Environment variable of Domain-0: the file, if any, that keeps what is in xenstore over its end. */
    private static final String JOURNAL_VARIABLE = "SKERRY_XENSTORE_JOURNAL";

    private static final int FIRST_SERVICE_DOMID = 32001;
    private static final int BACKLOG = 128;
    private static final long DOM0_MEMORY_KB = 32 * 1024;
    private static final int GRANT_FRAMES = 8;
    private static final int MAPTRACK_FRAMES = 256;     // the hypervisor takes it for one who serves others
    private static final int MAX_PORTS = 4095;
    private static final String LISTEN = "listen";
    private static final String CLIENTS = "clients";
    private static final long YOUNG_SECONDS = 5;
    private static final int PATIENCE_DEATHS = 8;
    private static final long PATIENCE_NS = Patience.ns(10, TimeUnit.SECONDS);
    private static final long MAX_DELAY_SECONDS = 60;

    private final RunDirectory runDirectory;
    private final Domctl domctl;
    private final Processes processes;
    private final DomainRegistry registry;
    private final Map<ServiceKind, HostDomain> running = new EnumMap<>(ServiceKind.class);
    private final Map<ServiceKind, Integer> listeners = new EnumMap<>(ServiceKind.class);
    private final Map<ServiceKind, Integer> youngDeaths = new EnumMap<>(ServiceKind.class);
    private volatile ClientKeeper storeClients;
    private volatile Standby storeStandby;
    private volatile XenstoreClient store;
    private StoreJournal journal;
    private int nextDomid = FIRST_SERVICE_DOMID;

    Services(
        final RunDirectory runDirectory, final Domctl domctl, final Processes processes,
        final DomainRegistry registry)
    {
        this.runDirectory = runDirectory;
        this.domctl = domctl;
        this.processes = processes;
        this.registry = registry;
    }

    /** Start them all. */
    void start(final Progress progress)
    {
        for (final ServiceKind kind : ServiceKind.values())
        {
            progress.onStep("starting " + kind.domainName());
            start(kind);
        }
    }

    /** @return Domain-0's own client of xenstore. */
    XenstoreClient store()
    {
        return store;
    }

    /**
     * @param kind of service.
     * @return the domain that serves it; one that is being started again is waited for.
     * @throws ToolstackException when there is none.
     */
    synchronized HostDomain serving(final ServiceKind kind)
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        HostDomain domain = running.get(kind);
        while (domain == null || domain.shutdown().isDone())
        {
            final long leftNs = deadlineNs - System.nanoTime();
            if (domain == null || leftNs <= 0)
            {
                throw new ToolstackException("service domain " + kind.domainName() + " does not run; see " +
                    processes.log(kind.domainName()));
            }
            awaitRestart(leftNs);
            domain = running.get(kind);
        }

        return domain;
    }

    private synchronized void serves(final HostDomain domain)
    {
        running.put(domain.service(), domain);
        notifyAll();
    }

    private void awaitRestart(final long timeoutNs)
    {
        try
        {
            TimeUnit.NANOSECONDS.timedWait(this, timeoutNs);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted while a service domain was started again");
        }
    }

    private void start(final ServiceKind kind)
    {
        final Domctl.Spec spec = new Domctl.Spec(
            kind.domainName(), "", kind.memoryKb(), kind.memoryKb(), 1, GRANT_FRAMES, MAPTRACK_FRAMES, MAX_PORTS,
            nextDomid++);
        final HostDomain domain =
            new HostDomain(new Domid(spec.domid()), kind.domainName(), UUID.randomUUID(), null, null, kind);
        if (kind == ServiceKind.XENSTORE)
        {
            storeStandby = new Standby(processes, kind, domain.domid());
        }
        launch(domain, hypervisorEnd ->
        {
            final long created = domctl.createDomain(spec, hypervisorEnd);
            if (created < 0)
            {
                throw new ToolstackException(
                    "cannot create service domain " + kind.domainName() + ": " + Errno.nameOf(created));
            }
        });
        if (kind == ServiceKind.XENSTORE)
        {
            store = XenstoreSocketClient.connect(runDirectory.xenstoreSocket());
            DeviceNodes.write(store, DeviceNodes.domain(nodes(
                Domid.DOM0, "Domain-0", registry.dom0Uuid(), DOM0_MEMORY_KB)));
            DeviceNodes.write(store, DeviceNodes.domain(nodes(serving(kind))));
            storeStandby.prepare();
            keepJournal(System.getenv(JOURNAL_VARIABLE));
        }
    }

    private void keepJournal(final String path)
    {
        if (path != null && !path.isEmpty())
        {
            journal = StoreJournal.keep(Path.of(path), runDirectory.xenstoreSocket(), System.err);
        }
    }

    /** Write down what is in xenstore for the last time, if it is written down at all. To be called before its end. */
    void endJournal()
    {
        if (journal != null)
        {
            journal.close();
        }
    }

    /**
     * Start one again, in the domain that it was: it finds what the guests granted to it, and is handed their devices
     * once more, so that it can go on where its predecessor stopped.
     *
     * @param dead its process is gone.
     * @throws ToolstackException when the hypervisor, xenstore or Linux refuse.
     */
    void restart(final HostDomain dead)
    {
        final HostDomain domain =
            new HostDomain(dead.domid(), dead.name(), dead.uuid(), null, null, dead.service());
        final Standby.Waiting waiting = domain.service() == ServiceKind.XENSTORE ? storeStandby.take() : null;
        if (waiting == null || !carryOn(domain, waiting))
        {
            launch(domain, hypervisorEnd -> domctl.restartDomain(domain.domid(), hypervisorEnd));
        }
        if (domain.service() == ServiceKind.XENSTORE)
        {
            storeStandby.prepare();
        }
        dead.gone().complete(null);
    }

    /**
     * A process is there already, and has asked the hypervisor to be attached.
     *
     * @return false when it has died at this very moment.
     */
    private boolean carryOn(final HostDomain domain, final Standby.Waiting waiting)
    {
        try
        {
            domctl.restartDomain(domain.domid(), waiting.hypervisorEnd());
            domain.process(waiting.process());
            registry.add(domain);
            prepare(domain);
            serves(domain);

            return true;
        }
        catch (final ToolstackException e)
        {
            System.err.println("the process that stood by does not carry on: " + e.getMessage());
            waiting.process().kill();

            return false;
        }
        finally
        {
            Unistd.close(waiting.hypervisorEnd());
        }
    }

    private void launch(final HostDomain domain, final IntConsumer giveToHypervisor)
    {
        final ServiceKind kind = domain.service();
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final int hypervisorEnd = SysSocket.first(pair);
        final int domainEnd = SysSocket.second(pair);
        try
        {
            giveToHypervisor.accept(hypervisorEnd);
            registry.add(domain);
            prepare(domain);
            domain.process(processes.launch(
                domain.name(), domain.domid().value(), kind.mainClass(), List.of(), null, kind.heap(),
                ResourceLimits.SERVICE, domainEnd));
            serves(domain);
        }
        finally
        {
            Unistd.close(hypervisorEnd);
            Unistd.close(domainEnd);
        }
    }

    /**
     * A service is started again at once, but when it dies young too often in a row: then each time twice as late.
     *
     * @param dead a service domain that ended.
     * @return seconds to wait.
     */
    synchronized long restartDelaySeconds(final HostDomain dead)
    {
        final boolean diedYoung = dead.startedAt().plusSeconds(YOUNG_SECONDS).isAfter(Instant.now());
        final int deaths = diedYoung ? youngDeaths.getOrDefault(dead.service(), 0) + 1 : 0;
        youngDeaths.put(dead.service(), deaths);

        return deaths <= PATIENCE_DEATHS ? 0 :
            Math.min(MAX_DELAY_SECONDS, 1L << Math.min(deaths - PATIENCE_DEATHS - 1, Integer.SIZE - 2));
    }

    /** Close our own connection to xenstore. */
    void close()
    {
        if (store != null)
        {
            store.close();
        }
        if (storeStandby != null)
        {
            storeStandby.close();
        }
        if (storeClients != null)
        {
            storeClients.close();
        }
        listeners.values().forEach(Unistd::close);
    }

    private void prepare(final HostDomain domain)
    {
        switch (domain.service())
        {
            case XENSTORE -> giveClients(domain);
            case CONSOLE ->
            {
                giveListener(domain, runDirectory.consoleSocket());
                introduce(domain);
            }
            case BLK, NET -> introduce(domain);
        }
        registry.all().stream().flatMap(guest -> guest.deviceFiles().stream())
            .filter(file -> file.backend().equals(domain.domid()))
            .forEach(file -> domctl.giveCapability(file.backend(), file.tag(), file.fd()));
    }

    private void introduce(final HostDomain domain)
    {
        final EventChannelPort port = domctl.connectService(
            domain.domid(), serving(ServiceKind.XENSTORE).domid(), GrantRef.RESERVED_XENSTORE);
        if (!store.isIntroduced(domain.domid()))
        {
            DeviceNodes.write(store, DeviceNodes.domain(nodes(domain)));
        }
        store.introduce(domain.domid(), GrantRef.RESERVED_XENSTORE.value(), port);

        for (final String quota : UNLIMITED)
        {
            store.setQuota(domain.domid(), quota, 0);
        }
    }

    /** The socket outlives the process that serves it: clients that come meanwhile wait in its backlog. */
    private void giveListener(final HostDomain domain, final Path path)
    {
        domctl.giveCapability(
            domain.domid(), LISTEN, listeners.computeIfAbsent(domain.service(), ignored -> listen(path)));
    }

    /** Not only the socket of xenstore outlives its process, but its clients, too. */
    private void giveClients(final HostDomain domain)
    {
        if (storeClients == null)
        {
            final int listener = listen(runDirectory.xenstoreSocket());
            listeners.put(ServiceKind.XENSTORE, listener);
            storeClients = new ClientKeeper(listener);
        }
        final int clients = storeClients.newProcess();
        try
        {
            domctl.giveCapability(domain.domid(), CLIENTS, clients);
        }
        finally
        {
            Unistd.close(clients);
        }
    }

    private static int listen(final Path path)
    {
        try
        {
            Files.createDirectories(path.getParent());
            Files.deleteIfExists(path);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot prepare " + path + ": " + e.getMessage());
        }

        final int fd = SysSocket.socket(
            SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC | SysSocket.SOCK_NONBLOCK, 0);
        int result = SysSocket.bindUnix(fd, path.toString());
        if (result >= 0)
        {
            result = SysSocket.listen(fd, BACKLOG);
        }
        if (result < 0)
        {
            Unistd.close(fd);
            throw new ToolstackException("cannot listen on " + path + ": " + Errno.nameOf(result));
        }

        return fd;
    }

    private static DomainNodesSpec nodes(final HostDomain domain)
    {
        return nodes(domain.domid(), domain.name(), domain.uuid(), domain.service().memoryKb());
    }

    private static DomainNodesSpec nodes(final Domid domid, final String name, final UUID uuid, final long memoryKb)
    {
        return new DomainNodesSpec(domid, name, uuid, memoryKb, memoryKb, 1, 1, Instant.now());
    }
}
