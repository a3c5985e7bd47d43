package org.skerry.kernel;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.domain.Allowance;
import org.skerry.kernel.domain.Connection;
import org.skerry.kernel.domain.DomainTable;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.domain.Watchdogs;
import org.skerry.kernel.domain.WorkPrice;
import org.skerry.kernel.event.PortTable;
import org.skerry.kernel.hypercall.ConnectionRequests;
import org.skerry.kernel.hypercall.DomainEvents;
import org.skerry.kernel.hypercall.DomctlRequests;
import org.skerry.kernel.hypercall.HypercallServer;
import org.skerry.kernel.hypercall.KernelLog;
import org.skerry.kernel.memory.MemoryLedger;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.DomainExitedEncoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.RingLayout;

/**
 * The kernel's one thread. It waits for connections and bells of all domains and serves each a bounded while, in turn,
 * so that none can keep it from the others. It ends when Domain-0 is gone.
 */
public final class Hypervisor implements DomainEvents, AutoCloseable
{
    private static final RingLayout RING_LAYOUT = new RingLayout(
        Hypercalls.SLOT_LENGTH, Hypercalls.SLOT_LENGTH, Hypercalls.RING_FILE_LENGTH);
    private static final int MAX_EVENTS = 64;
    private static final int WORK_LIMIT = 64;
    private static final int LINGER_NS = 25_000;        // less than a sleep and a wake-up cost
    private static final int SOON_NS = 100_000;         // from the end of a request to the next, its wake-up included
    private static final int LINGERINGS = Runtime.getRuntime().availableProcessors() > 1 ? 2 : 0;
    private static final int RELINQUISH_LIMIT = 2048;
    private static final int CLOSE_LIMIT = 256;
    private static final int RELEASE_LIMIT = 4096;
    private static final int AUDIT_FILES = 16;
    private static final int AUDIT_MS = 250;
    private static final int BUSY_AUDIT_MS = 15;
    private static final int REST_MS = 20;
    private static final int KIND_CONNECTION = 0;
    private static final int KIND_BELL = 1;
    private static final int KIND_SHIFT = 2;
    private static final int HUNG_UP = SysEpoll.EPOLLHUP | SysEpoll.EPOLLERR;

    private final DomainTable domains = new DomainTable();
    private final MemoryLedger ledger;
    private final KernelLog log = new KernelLog();
    private final ConnectionRequests connectionRequests;
    private final HypercallServer hypercalls;
    private final Int2ObjectHashMap<Ring> rings = new Int2ObjectHashMap<>();
    private final ArrayDeque<Ring> unfinished = new ArrayDeque<>();
    private final ArrayDeque<KernelDomain> resting = new ArrayDeque<>();
    private final ArrayDeque<KernelDomain> dying = new ArrayDeque<>();
    private final ArrayDeque<BooleanSupplier> closing = new ArrayDeque<>();
    private final UnsafeBuffer readyEvents =
        new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_EVENTS * SysEpoll.EPOLL_EVENT_LENGTH));
    private final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
    private final DomainExitedEncoder domainExited = new DomainExitedEncoder();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final NanoClock clock;
    private final WorkPrice workPrice;
    private final int epoll;
    private long nextWatchdogNs = Watchdogs.NEVER;      // never later than the next
    private boolean isRunning = true;
    private long nextAuditNs;
    private int auditMs = AUDIT_MS;
    private int auditedDomid;

    /**
     * @param totalFrames memory that domains may have together, in frames of 4 KiB.
     * @param dom0Fd      connection to Domain-0.
     * @param dom0Details what Domain-0 is.
     */
    public Hypervisor(final long totalFrames, final int dom0Fd, final KernelDomain.Details dom0Details)
    {
        this(totalFrames, dom0Fd, dom0Details, SystemNanoClock.INSTANCE);
    }

    /** As the other, with a clock that watchdogs go by, ns and never negative. */
    public Hypervisor(
        final long totalFrames, final int dom0Fd, final KernelDomain.Details dom0Details, final NanoClock clock)
    {
        this.clock = clock;
        workPrice = new WorkPrice(clock);
        ledger = new MemoryLedger(totalFrames);
        connectionRequests = new ConnectionRequests(domains, new DomctlRequests(domains, ledger, log, this));
        hypercalls = new HypercallServer(domains, this, log, clock);
        epoll = SysEpoll.create();

        final KernelDomain dom0 =
            KernelDomain.create(Domid.DOM0.value(), dom0Details, new Connection(dom0Fd), ledger);
        if (epoll < 0 || dom0 == null)
        {
            throw new IllegalStateException("no memory for Domain-0: frames=" + dom0Details.frameCount() +
                ", total=" + totalFrames);
        }
        domains.add(dom0);
        if (onCreated(dom0) < 0)
        {
            throw new IllegalStateException("Domain-0 cannot be heard: fd=" + dom0Fd);
        }
        log.onText(() -> dom0.ports().raiseVirq(Virq.CON_RING, 0));
        log.log("Skerry version " + Hypercalls.VERSION_MAJOR + "." + Hypercalls.VERSION_MINOR +
            " (Java " + Runtime.version() + ")");
        log.log("System RAM: " + (totalFrames >> 8) + "MB (" + (totalFrames << 2) + "kB)");
        log.log("Dom0 has maximum " + dom0Details.vcpus() + " VCPUs");
    }

    /** Serve until Domain-0 is gone. */
    public void run()
    {
        while (isRunning)
        {
            final boolean isIdle = unfinished.isEmpty() && dying.isEmpty() && closing.isEmpty();
            doWork(!isIdle ? 0 : resting.isEmpty() ? auditMs : REST_MS);
        }
    }

    /** @return every domain that is not destroyed. */
    public DomainTable domains()
    {
        return domains;
    }

    /** @return the memory of the host. */
    public MemoryLedger ledger()
    {
        return ledger;
    }

    /** @return the domains that were destroyed and whose mappings and memory are being given back. */
    public Collection<KernelDomain> dying()
    {
        return dying;
    }

    /** @return false once Domain-0 is gone. */
    public boolean isRunning()
    {
        return isRunning;
    }

    /** Let go of all domains. */
    @Override
    public void close()
    {
        domains.all().forEach(this::abandon);
        while (!closing.isEmpty())
        {
            closeSome();
        }
        domains.all().forEach(KernelDomain::close);
        dying.forEach(KernelDomain::close);
        Unistd.close(epoll);
    }

    /**
     * One turn: serve each domain that asked for something a bounded while.
     *
     * @param timeoutMs longest wait for something to do, -1 for ever.
     */
    public void doWork(final int timeoutMs)
    {
        relinquish();
        closeSome();
        if (nextAuditNs <= clock.nanoTime())
        {
            audit();
        }
        if (nextWatchdogNs != Watchdogs.NEVER && nextWatchdogNs <= clock.nanoTime())
        {
            biteWhoIsLate();
        }
        wakeRested();
        for (int i = unfinished.size(); i > 0; i--)
        {
            final Ring ring = unfinished.poll();
            ring.isUnfinished = false;
            if (rings.get(ring.domain.domid()) == ring && ring.domain.isServed())
            {
                serveRing(ring);
            }
        }

        final long events = readyEvents.addressOffset();
        final int ready = SysEpoll.waitFor(epoll, events, MAX_EVENTS, timeoutMs);
        for (int i = 0; i < ready; i++)
        {
            final long data = SysEpoll.data(events, i);
            final KernelDomain domain = domains.find((int)(data >>> KIND_SHIFT));
            final int kind = (int)data & (1 << KIND_SHIFT) - 1;
            if (domain == null || domain.isAbandoned())
            {
                continue;
            }
            if (kind == KIND_CONNECTION)
            {
                serveConnection(domain, SysEpoll.events(events, i));
            }
            else if (domain.isServed() && Eventfd.drain(domain.requestBell()) > 0)
            {
                serveRing(rings.get(domain.domid()));
            }
        }
    }

    private void biteWhoIsLate()
    {
        final long nowNs = clock.nanoTime();
        nextWatchdogNs = Watchdogs.NEVER;
        for (final KernelDomain domain : domains.all())
        {
            if (!domain.isPaused() && domain.watchdogs().nextNs() <= nowNs)
            {
                domain.watchdogs().stop();
                log.log("Watchdog timer fired for domain " + domain.domid());
                onShutdown(domain, ShutdownReason.WATCHDOG);
            }
            nextWatchdogNs = Math.min(nextWatchdogNs, nextWatchdogNs(domain));
        }
    }

    private static long nextWatchdogNs(final KernelDomain domain)
    {
        return domain.isPaused() ? Watchdogs.NEVER : domain.watchdogs().nextNs();
    }

    /** Look whether the files of some domains hold more than the ledger promised. Who takes more is ended. */
    private void audit()
    {
        boolean isClean = true;
        for (int i = 0; i < AUDIT_FILES && isClean; i++)
        {
            final KernelDomain domain = domains.firstFrom(auditedDomid);
            if (domain == null)
            {
                auditedDomid = 0;
                break;
            }
            isClean = domain.memory().audit();
            auditedDomid = domain.memory().isAudited() ? domain.domid() + 1 : domain.domid();
            if (domain.memory().isAbused() && !domain.isAbandoned() && !domain.isPrivileged())
            {
                log.log("d" + domain.domid() + " takes memory that it does not have");
                onGone(domain);
            }
        }
        auditMs = isClean ? AUDIT_MS : BUSY_AUDIT_MS;
        nextAuditNs = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(auditMs);
    }

    /** Freeing much memory takes long; meanwhile the living are served. */
    private void relinquish()
    {
        final KernelDomain domain = dying.peek();
        if (domain != null && closing.isEmpty() && domain.memory().relinquish(RELINQUISH_LIMIT))
        {
            dying.remove();
            domain.close();
        }
    }

    private void serveConnection(final KernelDomain domain, final int readiness)
    {
        final Connection connection = domain.connection();
        if ((readiness & (SysEpoll.EPOLLOUT | HUNG_UP)) != 0)
        {
            connection.flush();
        }

        int work = 0;
        int result = 1;
        while (work < WORK_LIMIT && result > 0 && domain.isServed() &&
            !connection.isBroken() && !connection.isCongested())
        {
            result = connectionRequests.serve(domain);
            work += result;
            charge(domain, result > 0 ? Allowance.MESSAGE_NS : 0);
        }
        if (result < 0 || connection.isBroken() || !domain.isServed() && (readiness & HUNG_UP) != 0)
        {
            if (!domain.isPaused() && !domain.isPrivileged())       // its last request may say why it goes
            {
                final Ring ring = rings.get(domain.domid());
                hypercalls.serve(domain, ring.ring, ring.page, ring.ring.slotCount());
            }
            onGone(domain);
        }
    }

    private void serveRing(final Ring ring)
    {
        final long beganNs = clock.nanoTime();
        final int work = hypercalls.serve(ring.domain, ring.ring, ring.page, WORK_LIMIT);
        charge(ring.domain, hypercalls.systemCallCount() * Allowance.SYSTEM_CALL_NS +
            (work > 0 ? workPrice.of(ring.domain, beganNs) : 0));
        if (work == RingLayout.PROTOCOL_VIOLATION)
        {
            log.log("d" + ring.domain.domid() + " broke its hypercall ring");
            onGone(ring.domain);
        }
        else if (ring.linger(work > 0, beganNs, clock) || work >= WORK_LIMIT || ring.ring.finalCheckForRequests())
        {
            postpone(ring);
        }
    }

    /** Who asks for too much in a short while is not heard for a moment. */
    private void charge(final KernelDomain domain, final long priceNs)
    {
        if (priceNs > 0 && !domain.isPrivileged() && !domain.allowance().spend(priceNs, clock.nanoTime()) &&
            domain.isServed())
        {
            domain.resting(true);
            resting.add(domain);
            hear(domain);
        }
    }

    private void wakeRested()
    {
        for (int i = resting.size(); i > 0; i--)
        {
            final KernelDomain domain = resting.poll();
            if (!domain.allowance().isEnough(clock.nanoTime()))
            {
                resting.add(domain);
            }
            else if (!domain.isAbandoned())
            {
                domain.resting(false);
                hear(domain);
            }
        }
    }

    /** Listen to a domain, or not, as it is now. */
    private void hear(final KernelDomain domain)
    {
        domain.connection().pause(!domain.isServed());
        SysEpoll.mod(epoll, domain.requestBell(), domain.isServed() ? SysEpoll.EPOLLIN : 0,
            (long)domain.domid() << KIND_SHIFT | KIND_BELL);
        if (domain.isServed())
        {
            postpone(rings.get(domain.domid()));        // its bell may have been drained before
        }
    }

    private void postpone(final Ring ring)
    {
        if (!ring.isUnfinished)
        {
            ring.isUnfinished = true;
            unfinished.add(ring);
        }
    }

    @Override
    public int onCreated(final KernelDomain domain)
    {
        final UnsafeBuffer page =
            new UnsafeBuffer(domain.hypercallRing().address(), Hypercalls.RING_FILE_LENGTH);
        rings.put(domain.domid(), new Ring(domain, page, BackRing.attach(page, RING_LAYOUT, 0)));
        final long data = (long)domain.domid() << KIND_SHIFT;
        final int result = domain.connection().listen(epoll, data | KIND_CONNECTION);

        return result < 0 ? result :
            SysEpoll.add(epoll, domain.requestBell(), SysEpoll.EPOLLIN, data | KIND_BELL);
    }

    @Override
    public int onRestart(final KernelDomain domain, final Connection connection)
    {
        abandon(domain);
        if (!domain.restart(connection))
        {
            connection.close();
            return Errno.ENOMEM.negative();
        }
        closeSome();                    // as when it is destroyed
        for (final KernelDomain other : domains.all())
        {
            other.memory().unopen(domain.domid());
        }
        final int result = onCreated(domain);
        if (result < 0)
        {
            abandon(domain);
        }

        return result;
    }

    @Override
    public void onPause(final KernelDomain domain, final boolean pause)
    {
        if (domain.isPaused() == pause || domain.isAbandoned())
        {
            return;
        }
        domain.paused(pause, clock.nanoTime());
        hear(domain);
        if (!pause)
        {
            nextWatchdogNs = Math.min(nextWatchdogNs, domain.watchdogs().nextNs());
        }
    }

    @Override
    public int onWatchdog(final KernelDomain domain, final long id, final long timeoutS)
    {
        final int result = domain.watchdogs().set(id, timeoutS, clock.nanoTime());
        nextWatchdogNs = Math.min(nextWatchdogNs, domain.watchdogs().nextNs());

        return result;
    }

    @Override
    public void onShutdown(final KernelDomain domain, final ShutdownReason reason)
    {
        if (domain.shutdown(reason) && !domain.isPrivileged())
        {
            log.log("d" + domain.domid() + " shut down: reason=" + reason);
            final KernelDomain dom0 = domains.find(Domid.DOM0.value());
            dom0.ports().raiseVirq(Virq.DOM_EXC, 0);
            domainExited.wrapAndApplyHeader(message, 0, header).domid(domain.domid()).reason(reason.code());
            dom0.connection().send(message, MessageHeaderEncoder.ENCODED_LENGTH + domainExited.encodedLength());
        }
    }

    @Override
    public void onDestroyed(final KernelDomain domain)
    {
        abandon(domain);
        closeSome();                    // who has little has let go of it when the caller is answered
        domains.remove(domain);
        rings.remove(domain.domid());
        for (final KernelDomain other : domains.all())
        {
            other.memory().retireWindows(domain.domid());
        }
        domain.retire();
        domains.find(Domid.DOM0.value()).ports().raiseVirq(Virq.DOM_EXC, 0);
        dying.add(domain);
        relinquish();
    }

    /** The process behind a domain hung up, or is not to be listened to any more. */
    private void onGone(final KernelDomain domain)
    {
        if (domain.isPrivileged())
        {
            isRunning = false;
            return;
        }
        abandon(domain);
        onShutdown(domain, ShutdownReason.CRASH);
    }

    /** The domain still holds its bell and could ring it for ever: we do not listen to it any more. */
    private void abandon(final KernelDomain domain)
    {
        if (!domain.isAbandoned())
        {
            SysEpoll.del(epoll, domain.requestBell());
            domain.abandon();
            final PortTable ports = domain.ports();
            closing.add(() -> ports.closeSome(CLOSE_LIMIT) == 0);
            closing.add(() -> domain.releaseSome(RELEASE_LIMIT));
            closeSome();
        }
    }

    /** A domain may have many ports, and each a peer that is told, and many mappings. */
    private void closeSome()
    {
        if (!closing.isEmpty() && closing.peek().getAsBoolean())
        {
            closing.remove();
        }
    }

    private static final class Ring
    {
        private final KernelDomain domain;
        private final UnsafeBuffer page;
        private final BackRing ring;
        private boolean isUnfinished;
        private long idleNs;
        private int lingerings;

        private Ring(final KernelDomain domain, final UnsafeBuffer page, final BackRing ring)
        {
            this.domain = domain;
            this.page = page;
            this.ring = ring;
        }

        /** @return whether to look again before asking for a bell: who asked again soon will do so another time. */
        private boolean linger(final boolean hasWorked, final long nowNs, final NanoClock clock)
        {
            if (hasWorked)
            {
                lingerings = nowNs - idleNs < SOON_NS ? LINGERINGS : lingerings;
                idleNs = clock.nanoTime();
            }
            else if (nowNs - idleNs >= LINGER_NS)
            {
                lingerings = Math.max(0, lingerings - 1);
                return false;
            }

            return lingerings > 0 && domain.allowance().isEnough(nowNs);
        }
    }
}
