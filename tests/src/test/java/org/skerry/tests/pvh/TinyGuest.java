package org.skerry.tests.pvh;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Assumptions;
import org.skerry.guest.Domain;
import org.skerry.pvh.KvmException;
import org.skerry.pvh.PvhGuest;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A domain of a real hypervisor, on the test's own thread; its kernel is {@link GuestCode} on this /dev/kvm. */
final class TinyGuest implements AutoCloseable
{
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int GRANT_FRAMES = 2;
    private static final int PORTS = 64;

    private final TestHost host;
    private final Domain domain;
    private final PvhGuest guest;
    private final UnsafeBuffer memory;
    private ShutdownReason reason;
    private String why;

    TinyGuest(final TestHost host, final int vcpus) throws KvmException
    {
        this(host, vcpus, null);
    }

    /** @param peer who keeps the console of the guest; null for none. */
    TinyGuest(final TestHost host, final int vcpus, final Domain peer) throws KvmException
    {
        this.host = host;
        final int connection = create(host, vcpus);
        if (peer != null)
        {
            final int domid = lastDomid(host);
            assertTrue(host.connectService(domid, peer.domid().value(), 0) > 0);
        }
        domain = Domain.attach(connection);
        domain.onHypervisorGone(() -> {});
        memory = new UnsafeBuffer(domain.memory().address(), GuestCode.FRAMES << 12);
        final int kvm = openKvm();
        try
        {
            guest = new PvhGuest(domain, kvm, (endReason, line) ->
            {
                reason = endReason;
                why = line;
            });
        }
        finally
        {
            Unistd.close(kvm);
        }
    }

    /** @return an open /dev/kvm; the test is skipped where there is none. */
    static int openKvm()
    {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/kvm")), "SKIPPED, this machine has no /dev/kvm");
        final int kvm = Fcntl.open("/dev/kvm", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        Assumptions.assumeTrue(kvm >= 0, () -> "SKIPPED, /dev/kvm cannot be opened: errno " + -kvm);

        return kvm;
    }

    private static int create(final TestHost host, final int vcpus)
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(host.dom0().out(), 0, host.dom0().headerOut())
            .frameCount(GuestCode.FRAMES).maxFrames(GuestCode.FRAMES).grantTableFrameCount(GRANT_FRAMES)
            .maxMaptrackFrames(GRANT_FRAMES).maxPorts(PORTS).vcpus(vcpus).domid(0).name("tiny").cmdline("");
        final long created = host.dom0().call(create.encodedLength(), SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        assertTrue(created > 0, () -> "cannot create a domain: " + created);

        return SysSocket.second(pair);
    }

    private static int lastDomid(final TestHost host)
    {
        int domid = 0;
        while (host.info(domid + 1).result() >= 0)
        {
            domid = host.info(domid + 1).domid();
        }

        return domid;
    }

    Domain domain()
    {
        return domain;
    }

    PvhGuest guest()
    {
        return guest;
    }

    UnsafeBuffer memory()
    {
        return memory;
    }

    /** @return whether its loop has heard that it ended. */
    boolean hasEnded()
    {
        return reason != null;
    }

    /** @return why it ended, a line about a crash; null. */
    String why()
    {
        return why;
    }

    TinyGuest start(final GuestCode code) throws KvmException
    {
        code.load(memory);
        guest.start(GuestCode.ENTRY, 0);

        return this;
    }

    /** Run the domain's loop until something holds. */
    void runUntil(final BooleanSupplier condition)
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        while (!condition.getAsBoolean())
        {
            assertTrue(deadline - System.nanoTime() > 0, "the guest does not come to it");
            assertEquals(null, why);
            domain.loop().poll(10);
        }
    }

    /** @return why it ended. */
    ShutdownReason runToEnd()
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        while (reason == null)
        {
            assertTrue(deadline - System.nanoTime() > 0, "the guest does not end");
            domain.loop().poll(10);
        }

        return reason;
    }

    /** It says that its test has passed, and powers off. */
    void assertSuccess(final TestHost host)
    {
        final ShutdownReason ended = runToEnd();
        final String messages = host.messages();
        assertTrue(messages.contains("Test result: SUCCESS"),
            () -> messages + ", answer " + memory.getLong(GuestCode.DATA - 8) + ", " + why);
        assertEquals(ShutdownReason.POWEROFF, ended, why);
    }

    @Override
    public void close()
    {
        final int domid = domain.domid().value();
        guest.close();
        domain.close();
        host.destroy(domid);
    }
}
