package org.skerry.tests.pvh;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.pvh.KvmException;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.ShutdownReason;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.tests.pvh.GuestCode.DATA;
import static org.skerry.tests.pvh.GuestCode.RDI;
import static org.skerry.tests.pvh.GuestCode.RSI;

/** One tiny kernel for each group of hypercalls; each judges for itself and says so. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PvhHypercallTest
{
    private static final int MEMORY_OP = 12;
    private static final int XEN_VERSION = 17;
    private static final int GRANT_TABLE_OP = 20;
    private static final int VCPU_OP = 24;
    private static final int SCHED_OP = 29;
    private static final int EVENT_CHANNEL_OP = 32;
    private static final int HVM_OP = 34;

    private static final int DOMID_SELF = 0x7FF0;
    private static final int SHARED_INFO = 0x15_0000;
    private static final int PENDING = SHARED_INFO + 2048;
    private static final int MASK = SHARED_INFO + 2560;
    private static final int VECTOR = 0xF3;
    private static final int UPCALLS = DATA + 0x800;
    /** Since the guest was made. */
    private static final long TIMER_NS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int EFAULT = Errno.EFAULT.negative();
    private static final int EINVAL = Errno.EINVAL.negative();
    private static final int ENOENT = Errno.ENOENT.negative();
    private static final int ENOSYS = Errno.ENOSYS.negative();
    private static final int EPERM = Errno.EPERM.negative();

    private final TestHost host = new TestHost();

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    void shouldAnswerAsAXen() throws KvmException
    {
        passes(new GuestCode()
            .hypercall(XEN_VERSION, 0).expect(4 << 16 | 17)
            .hypercall(XEN_VERSION, 1, DATA).expect(0).expectAt(DATA, '.' | '0' << 8 | '-' << 16 | 's' << 24)
            .hypercall(XEN_VERSION, 3, DATA + 0xF00).expect(0)
            .expectAt(DATA + 0xF00, 'x' | 'e' << 8 | 'n' << 16 | '-' << 24)
            .store(DATA, 0).hypercall(XEN_VERSION, 6, DATA).expect(0).expectAt(DATA + 4, 0x8385)
            .store(DATA, 1).hypercall(XEN_VERSION, 6, DATA).expect(0).expectAt(DATA + 4, 0)
            .hypercall(XEN_VERSION, 7, 0).expect(4096)
            .hypercall(XEN_VERSION, 99, DATA).expect(ENOSYS));
    }

    @Test
    void shouldFindConsoleAndStoreByParameters() throws KvmException
    {
        final Domain console = host.newDomain("console", 64);
        try (TinyGuest guest = new TinyGuest(host, 1, console))
        {
            final int port = guest.domain().startInfo().consolePort().value();
            final int frame = guest.domain().startInfo().consoleFrame();
            guest.start(new GuestCode()
                .store(DATA, DOMID_SELF).store(DATA + 4, 18)
                .hypercall(HVM_OP, 1, DATA).expect(0).expectAt(DATA + 8, port)
                .store(DATA + 4, 17).hypercall(HVM_OP, 1, DATA).expect(0).expectAt(DATA + 8, frame)
                .store(DATA + 4, 1).hypercall(HVM_OP, 1, DATA).expect(0).expectAt(DATA + 8, 0)
                .store(DATA + 4, 0).store(DATA + 8, 77).hypercall(HVM_OP, 0, DATA).expect(0)
                .store(DATA + 8, 0).hypercall(HVM_OP, 1, DATA).expect(0).expectAt(DATA + 8, 77)
                .store(DATA + 4, 17).hypercall(HVM_OP, 0, DATA).expect(EPERM)
                .store(DATA + 4, 400).hypercall(HVM_OP, 1, DATA).expect(EINVAL)
                .store(DATA, 0).store(DATA + 4, 3).hypercall(HVM_OP, 23, DATA).expect(EINVAL)
                .store(DATA, 1).store(DATA + 4, VECTOR).hypercall(HVM_OP, 23, DATA).expect(ENOENT)
                .hypercall(HVM_OP, 9, DATA).expect(ENOSYS)
                .succeed()).assertSuccess(host);
        }
    }

    @Test
    void shouldShowTheGrantTableAboveMemoryAndInMemory() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            final GuestCode code = new GuestCode()
                .store(DATA, DOMID_SELF).hypercall(GRANT_TABLE_OP, 6, DATA, 1).expect(0)
                .expectAt(DATA + 4, 2).expectAt(DATA + 8, 2).expectAt(DATA + 12, 0)
                .store(DATA, 1).hypercall(GRANT_TABLE_OP, 8, DATA, 1).expect(0)
                .store(DATA, 2).hypercall(GRANT_TABLE_OP, 8, DATA, 1).expect(ENOSYS)
                .store(DATA, DOMID_SELF).hypercall(GRANT_TABLE_OP, 10, DATA, 1).expect(0).expectAt(DATA + 4, 1);
            final int above = 0x4000_0000;
            addToPhysmap(code, 1, 0, above >>> 12).expect(0)
                .store(above + 8 * 9, 0x0001_0001).store(above + 8 * 9 + 4, 0x111);
            addToPhysmap(code, 1, 0, above >>> 12).expect(EINVAL);
            addToPhysmap(code, 1, 1, 0x160).expect(0);
            code.store(0x16_0000 + 8 * 3, 0x0001_0001).store(0x16_0000 + 8 * 3 + 4, 0x222);
            addToPhysmap(code, 1, 2, 0x161).expect(EINVAL);
            addToPhysmap(code, 2, 0, 0x161).expect(ENOSYS);

            guest.start(code.succeed()).assertSuccess(host);

            final int table = guest.domain().startInfo().grantTableFrame() << 12;
            assertEquals(0x0001_0001, guest.memory().getInt(table + 8 * 9));
            assertEquals(0x111, guest.memory().getInt(table + 8 * 9 + 4));
            assertEquals(0x222, guest.memory().getInt(table + 4096 + 8 * 3 + 4));
        }
    }

    @Test
    void shouldGiveMemoryBackAndTakeItAgain() throws KvmException
    {
        final GuestCode code = new GuestCode()
            .hypercall(MEMORY_OP, 3, DATA).expect(GuestCode.FRAMES)
            .hypercall(MEMORY_OP, 4, DATA).expect(GuestCode.FRAMES);
        for (int i = 0; i < 8; i++)
        {
            code.storeLong(DATA + 0x100 + i * 8, i < 6 ? 0x180 + i : 0x190 + i).store((0x180 + i) << 12, 7);
        }
        code.storeLong(DATA, DATA + 0x100).storeLong(DATA + 8, 8)
            .storeLong(DATA + 16, 0).storeLong(DATA + 24, DOMID_SELF)
            .hypercall(MEMORY_OP, 1, DATA).expect(8)
            .hypercall(MEMORY_OP, 3, DATA).expect(GuestCode.FRAMES - 8)
            .hypercall(MEMORY_OP, 1, DATA).expect(0)
            .hypercall(MEMORY_OP, 6, DATA).expect(8)
            .expectAt(0x180 << 12, 0)
            .hypercall(MEMORY_OP, 3, DATA).expect(GuestCode.FRAMES)
            .storeLong(DATA + 0x100, 1).hypercall(MEMORY_OP, 1, DATA).expect(0)
            .storeLong(DATA + 0x100, -1).hypercall(MEMORY_OP, 1, DATA).expect(0)
            .store(DATA + 16, 60).hypercall(MEMORY_OP, 1, DATA).expect(EINVAL);
        passes(code);
    }

    @Test
    void shouldTakeItsOwnInterruptForAnEventAndForTheTimer() throws KvmException
    {
        final GuestCode code = upcalls(new GuestCode())
            .store(DATA, 0).hypercall(EVENT_CHANNEL_OP, 7, DATA).expect(0)              // bind_ipi
            .bytes(0x8B, 0x04, 0x25, 0x04, 0x00, 0x11, 0x00).storeEax(DATA + 0x40)       // mov eax, [DATA + 4]
            .hypercall(EVENT_CHANNEL_OP, 4, DATA + 0x40).expect(0)                      // send
            .haltUntil(UPCALLS, 1)
            .store(PENDING, 0)
            .store(DATA, 0).store(DATA + 4, 0).hypercall(EVENT_CHANNEL_OP, 1, DATA).expect(0)   // VIRQ_TIMER
            .storeLong(DATA, 1_000).storeLong(DATA + 8, 0)
            .hypercall(VCPU_OP, 8, 0, DATA).expect(0)                                   // a deadline long past
            .haltUntil(UPCALLS, 2)
            .hypercall(VCPU_OP, 7, 0, 0).expect(0)
            .hypercall(VCPU_OP, 8, 1, DATA).expect(ENOENT)
            .hypercall(EVENT_CHANNEL_OP, 3, DATA + 0x40).expect(0)                      // close
            .hypercall(EVENT_CHANNEL_OP, 4, DATA + 0x40).expect(EINVAL)
            .hypercall(EVENT_CHANNEL_OP, 11, DATA).expect(ENOSYS);
        passes(handler(code));
    }

    @Test
    void shouldRingTheTimerAtItsTimeAndNotBefore() throws KvmException
    {
        final long before = System.nanoTime();
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            final GuestCode code = upcalls(new GuestCode())
                .store(DATA, 0).store(DATA + 4, 0).hypercall(EVENT_CHANNEL_OP, 1, DATA).expect(0)
                .storeLong(DATA, Long.MAX_VALUE).storeLong(DATA + 8, 0).hypercall(VCPU_OP, 8, 0, DATA).expect(0)
                .hypercall(VCPU_OP, 9, 0, 0).expect(0)
                .storeLong(DATA, TIMER_NS).hypercall(VCPU_OP, 8, 0, DATA).expect(0)
                .haltUntil(UPCALLS, 1);
            final long made = System.nanoTime();
            guest.start(handler(code)).assertSuccess(host);
            final long now = System.nanoTime();

            assertTrue(now - before >= TIMER_NS, "too early: " + (now - before));
            assertTrue(now - made < TIMER_NS + PATIENCE_NS, "too late: " + (now - made));
        }
    }

    @Test
    void shouldKeepAMaskedEventUntilItIsUnmasked() throws KvmException
    {
        final GuestCode code = upcalls(new GuestCode())
            .store(DATA, 0).hypercall(EVENT_CHANNEL_OP, 7, DATA).expect(0)
            .store(MASK, -1)
            .hypercall(EVENT_CHANNEL_OP, 4, DATA + 4).expect(0)
            .bytes(0xFB, 0x90, 0x90, 0xFA).expectAt(UPCALLS, 0)                         // sti; nop; nop; cli
            .hypercall(EVENT_CHANNEL_OP, 9, DATA + 4).expect(0)
            .haltUntil(UPCALLS, 1);
        passes(handler(code));
    }

    @Test
    void shouldNotLoseAnUpcallThatCameBeforeTheLapicWasEnabled() throws KvmException
    {
        final GuestCode code = sharedInfo(new GuestCode())
            .store(DATA, 0).store(DATA + 4, VECTOR).hypercall(HVM_OP, 23, DATA).expect(0)
            .store(DATA, 0).hypercall(EVENT_CHANNEL_OP, 7, DATA).expect(0)
            .hypercall(EVENT_CHANNEL_OP, 4, DATA + 4).expect(0)
            .expectAt(SHARED_INFO, 1)
            .enableLapic()
            .haltUntil(UPCALLS, 1);
        passes(handler(code.handle(VECTOR, "upcall")));
    }

    @Test
    void shouldRingAPeerAndHearIt() throws KvmException
    {
        final Domain peer = host.newDomain("peer", 64);
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            final GuestCode code = upcalls(new GuestCode())
                .store(DATA, DOMID_SELF | peer.domid().value() << 16)
                .hypercall(EVENT_CHANNEL_OP, 6, DATA).expect(0)                         // alloc_unbound
                .store(DATA + 0x80, 1)
                .haltUntil(UPCALLS, 1)                                                  // the peer has bound it
                .hypercall(EVENT_CHANNEL_OP, 4, DATA + 4).expect(0)
                .store(PENDING, 0).haltUntil(UPCALLS, 2)
                .store(DATA + 0x20, DOMID_SELF)
                .bytes(0x8B, 0x04, 0x25, 0x04, 0x00, 0x11, 0x00).storeEax(DATA + 0x24)
                .hypercall(EVENT_CHANNEL_OP, 5, DATA + 0x20).expect(0)                  // status: interdomain
                .expectAt(DATA + 0x28, 2).expectAt(DATA + 0x30, peer.domid().value());
            guest.start(handler(code));
            guest.runUntil(() -> guest.memory().getIntVolatile(DATA + 0x80) == 1);
            final EventChannel channel = peer.eventChannels().bindInterdomain(
                guest.domain().domid(), new EventChannelPort(guest.memory().getInt(DATA + 4)));
            final int[] rung = {0};
            channel.onEvent(() -> rung[0]++);
            guest.runUntil(() ->
            {
                peer.loop().poll(0);
                return rung[0] > 1;                             // once when it was bound
            });
            channel.notifyRemote();

            guest.assertSuccess(host);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, POWEROFF", "1, REBOOT", "3, CRASH", "4, WATCHDOG"})
    void shouldEndForTheReasonThatItSays(final int code, final ShutdownReason reason) throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode().store(DATA, code).hypercall(SCHED_OP, 2, DATA).powerOff());

            assertEquals(reason, guest.runToEnd());
        }
    }

    @Test
    void shouldYieldPollAndRefuseToSuspend() throws KvmException
    {
        final GuestCode code = sharedInfo(new GuestCode())
            .hypercall(SCHED_OP, 0, 0).expect(0)
            .hypercall(SCHED_OP, 1, 0).expect(0)
            .store(DATA + 0x100, 0).hypercall(EVENT_CHANNEL_OP, 7, DATA + 0x100).expect(0)
            .storeLong(DATA, DATA + 0x104).storeLong(DATA + 8, 1).storeLong(DATA + 16, 1)
            .hypercall(SCHED_OP, 3, DATA).expect(0)
            .hypercall(EVENT_CHANNEL_OP, 4, DATA + 0x104).expect(0)
            .storeLong(DATA + 16, 0).hypercall(SCHED_OP, 3, DATA).expect(0)
            .store(DATA + 8, 1000).hypercall(SCHED_OP, 3, DATA).expect(EINVAL)
            .store(DATA, 2).hypercall(SCHED_OP, 2, DATA).expect(ENOSYS)
            .store(DATA, 9).hypercall(SCHED_OP, 2, DATA).expect(EINVAL);
        passes(code);
    }

    @Test
    void shouldMoveItsVcpuRecordAndReadTheTimeThere() throws KvmException
    {
        final GuestCode code = sharedInfo(new GuestCode())
            .expectAt(SHARED_INFO + 32, 2)                                              // version of the time record
            .storeLong(DATA, 0x151).storeLong(DATA + 8, 0x100)
            .hypercall(VCPU_OP, 10, 0, DATA).expect(0)
            .expectAt(0x15_1100, 1).expectAt(0x15_1108, -1).expectAt(0x15_1120, 2)
            .hypercall(VCPU_OP, 10, 0, DATA).expect(EINVAL)
            .storeLong(DATA, DATA + 0x200).hypercall(VCPU_OP, 13, 0, DATA).expect(0).expectAt(DATA + 0x200, 2)
            .storeLong(DATA, DATA + 0x300).hypercall(VCPU_OP, 5, 0, DATA).expect(0)
            .hypercall(VCPU_OP, 3, 0, 0).expect(1)
            .hypercall(VCPU_OP, 99, 0, 0).expect(ENOSYS);
        passes(code);
    }

    @Test
    void shouldAnswerABadPointerWithEfault() throws KvmException
    {
        final int readOnly = GuestCode.READ_ONLY_PAGE;
        final int unmapped = GuestCode.UNMAPPED_PAGE;
        passes(new GuestCode()
            .hypercall(XEN_VERSION, 6, unmapped).expect(EFAULT)
            .hypercall(XEN_VERSION, 6, readOnly).expect(EFAULT)
            .hypercall(XEN_VERSION, 3, readOnly - 0x1010).expect(EFAULT)                // runs into the unmapped page
            .hypercall(XEN_VERSION, 6, 0x3000_0000).expect(EFAULT)                      // mapped, but no memory there
            .hypercall(EVENT_CHANNEL_OP, 4, unmapped).expect(EFAULT)
            .hypercall(EVENT_CHANNEL_OP, 6, unmapped - 4).expect(EFAULT)
            .hypercall(MEMORY_OP, 7, unmapped).expect(EFAULT)
            .hypercall(18, 0, 64, unmapped).expect(EFAULT)
            .mov(RDI, 6).movLong(RSI, 0x8000_0000_0000L).bytes(0xB8, XEN_VERSION, 0, 0, 0, 0xE7, 0xEA).expect(EFAULT)
            .mov(RDI, 6).movLong(RSI, -8L).bytes(0xB8, XEN_VERSION, 0, 0, 0, 0xE7, 0xEA).expect(EFAULT)
            .hypercall(63, 0).expect(ENOSYS).hypercall(0x7FFF_FFFF, 0).expect(ENOSYS));
    }

    @Test
    void shouldCrashAloneAndSayWhy() throws KvmException
    {
        final Domain bystander = host.newDomain("bystander", 64);
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode().bytes(0x0F, 0x0B));                             // ud2, and no handler

            assertEquals(ShutdownReason.CRASH, guest.runToEnd());
            assertTrue(guest.why().startsWith("vCPU 0: triple fault; rip=0x"), guest.why());
        }
        assertTrue(bystander.eventChannels().allocUnbound(bystander.domid()).port().value() > 0);
    }

    @Test
    void shouldRebootByTheResetRegister() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode().bytes(0x66, 0xBA, 0xF9, 0x0C, 0xB0, 0x06, 0xEE).powerOff());

            assertEquals(ShutdownReason.REBOOT, guest.runToEnd());
        }
    }

    private void passes(final GuestCode code) throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(code.succeed()).assertSuccess(host);
        }
    }

    private static GuestCode addToPhysmap(final GuestCode code, final int space, final int index, final int gpfn)
    {
        return code.store(DATA, DOMID_SELF).store(DATA + 4, space).storeLong(DATA + 8, index)
            .storeLong(DATA + 16, gpfn).hypercall(MEMORY_OP, 7, DATA);
    }

    private static GuestCode sharedInfo(final GuestCode code)
    {
        return addToPhysmap(code, 0, 0, SHARED_INFO >>> 12).expect(0);
    }

    private static GuestCode upcalls(final GuestCode code)
    {
        return sharedInfo(code).enableLapic()
            .store(DATA, 0).store(DATA + 4, VECTOR).hypercall(HVM_OP, 23, DATA).expect(0)
            .handle(VECTOR, "upcall");
    }

    /** The end of a kernel that counts its upcalls. */
    private static GuestCode handler(final GuestCode code)
    {
        return code.succeed().label("upcall").increment(UPCALLS)
            .store(SHARED_INFO, 0).storeLong(SHARED_INFO + 8, 0).endInterrupt();
    }
}
