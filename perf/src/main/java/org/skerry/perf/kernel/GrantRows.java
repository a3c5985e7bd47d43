package org.skerry.perf.kernel;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

import com.sun.management.ThreadMXBean;

import org.skerry.guest.Domain;
import org.skerry.guest.grant.GrantCopyBatch;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantPool;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.perf.ring.Children;
import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.GnttabMapGrantRefEncoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Maps and copies between two domains of this thread, by a hypervisor on another thread of this process: so we see what
 * that thread allocates.
 */
final class GrantRows implements AutoCloseable
{
    private static final int BATCH = 32;
    private static final int DOMAIN_FRAMES = 1024;
    private static final int MAPTRACK_FRAMES = 16;
    private static final int END_TIMEOUT_MS = 5000;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final Thread hypervisor;
    private final Domain dom0;
    private final Domain granter;
    private final Domain grantee;
    private final HypercallRing ring;
    private final GrantPool pool;
    private final GrantRef ref;
    private final GrantMapping window;
    private final GrantCopyBatch copies;
    private final int ownFrame;
    private final long[] handles = new long[BATCH];
    private final GnttabMapGrantRefEncoder map = new GnttabMapGrantRefEncoder();
    private final GnttabUnmapGrantRefEncoder unmap = new GnttabUnmapGrantRefEncoder();

    GrantRows()
    {
        final long pair = Children.socketpair();
        final Hypervisor made = new Hypervisor(16 * DOMAIN_FRAMES, SysSocket.first(pair), new KernelDomain.Details(
            "Domain-0", "", DOMAIN_FRAMES, DOMAIN_FRAMES, 1, MAPTRACK_FRAMES, 64, 1));
        hypervisor = Thread.ofPlatform().daemon().name("hypervisor").start(made::run);
        dom0 = Domain.attach(SysSocket.second(pair));
        granter = create("granter");
        grantee = create("grantee");
        ring = grantee.hypercalls();
        pool = granter.grantTable().allocatePool(grantee.domid(), 1);
        ref = pool.grantAccess(0, false);
        copies = grantee.foreignGrants().newCopyBatch(BATCH);
        ownFrame = grantee.grantTable().allocatePool(granter.domid(), 1).firstFrame();
        try
        {
            window = grantee.foreignGrants().map(granter.domid(), ref, false);
        }
        catch (final GrantException e)
        {
            throw new MeasurementException(e.getMessage());
        }
    }

    /** @return of maps and unmaps in batches of 32, the window being mapped. */
    Cost maps(final double seconds)
    {
        return measure(seconds, 2 * BATCH, this::mapAndUnmap);
    }

    /** @return of copies of 4 KiB in batches of 32. */
    Cost copies(final double seconds)
    {
        return measure(seconds, BATCH, this::copy);
    }

    @Override
    public void close()
    {
        window.close();
        pool.close();
        grantee.close();
        granter.close();
        dom0.onHypervisorGone(() -> {});
        dom0.close();
        try
        {
            hypervisor.join(END_TIMEOUT_MS);
        }
        catch (final InterruptedException e)
        {
            throw new MeasurementException("interrupted");
        }
    }

    private Cost measure(final double seconds, final int perTurn, final Runnable turn)
    {
        final long length = (long)(seconds * TimeUnit.SECONDS.toNanos(1));
        repeat(length / 2, turn);                                       // to warm up
        final long bytes = threads.getThreadAllocatedBytes(hypervisor.threadId());
        final long began = System.nanoTime();
        final long turns = repeat(length, turn);
        final long took = System.nanoTime() - began;

        return new Cost((double)took / (turns * perTurn),
            (double)(threads.getThreadAllocatedBytes(hypervisor.threadId()) - bytes) / (turns * perTurn));
    }

    private static long repeat(final long length, final Runnable turn)
    {
        final long end = System.nanoTime() + length;
        long turns = 0;
        while (System.nanoTime() < end)
        {
            turn.run();
            turns++;
        }

        return turns;
    }

    private void mapAndUnmap()
    {
        for (int i = 0; i < BATCH; i++)
        {
            map.wrap(ring.page(), ring.claim()).op(GnttabMapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .dom(granter.domid().value()).flags(0).grantRef(ref.value());
        }
        submit();
        for (int i = 0; i < BATCH; i++)
        {
            unmap.wrap(ring.page(), ring.claim()).op(GnttabUnmapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .handle(handles[i]);
        }
        submit();
    }

    private void submit()
    {
        ring.submit();
        for (int i = 0; i < BATCH; i++)
        {
            final HypercallResponseDecoder response = ring.await();
            if (response.result() != GrantStatus.OKAY)
            {
                throw new MeasurementException("a map failed: " + GrantStatus.nameOf((int)response.result()));
            }
            handles[i] = response.value0();
        }
    }

    private void copy()
    {
        copies.clear();
        for (int i = 0; i < BATCH; i++)
        {
            copies.addCopyFrom(granter.domid().value(), ref.value(), 0, ownFrame, 0, 4096);
        }
        copies.execute();
        for (int i = 0; i < BATCH; i++)
        {
            if (copies.status(i) != GrantStatus.OKAY)
            {
                throw new MeasurementException("a copy failed: " + GrantStatus.nameOf(copies.status(i)));
            }
        }
    }

    private Domain create(final String name)
    {
        final long pair = Children.socketpair();
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(dom0.connection().out(), 0, dom0.connection().headerOut())
            .frameCount(DOMAIN_FRAMES).maxFrames(DOMAIN_FRAMES).grantTableFrameCount(1)
            .maxMaptrackFrames(MAPTRACK_FRAMES).maxPorts(16).vcpus(1).domid(Domid.DOM0.value()).name(name).cmdline("");
        final long domid = dom0.connection().call(create.encodedLength(), SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        if (domid < 0)
        {
            throw new MeasurementException("cannot create a domain: " + domid);
        }
        final Domain domain = Domain.attach(SysSocket.second(pair));
        domain.onHypervisorGone(() -> {});

        return domain;
    }

    /**
     * @param ns    per operation.
     * @param bytes that the hypervisor allocated per operation.
     */
    record Cost(double ns, double bytes)
    {
    }
}
