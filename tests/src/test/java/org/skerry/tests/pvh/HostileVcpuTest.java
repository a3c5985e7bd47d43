package org.skerry.tests.pvh;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.Domain;
import org.skerry.pvh.KvmException;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.ShutdownReason;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.tests.pvh.GuestCode.DATA;

/** Kernels that mean no good: whatever they do, only they end, and somebody says why. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HostileVcpuTest
{
    private static final int TABLE = 0x18_0000;
    private static final int CALLS = 8192;
    private static final int CALL_LENGTH = 64;
    private static final int NOISE = 0x20_0000;
    private static final int NOISE_LENGTH = 0x1F_0000;
    private static final int COUNT = DATA + 0x700;
    private static final int SCHED_OP = 29;
    private static final int IO_APIC = 0xFEC0_0000;
    private static final int LOW_MEMORY = 64 << 12;
    private static final int[] MSRS = {
        0x10, 0x1B, 0x3B, 0x8B, 0x174, 0x1A0, 0x277, 0x2FF, 0x6E0, 0x808, 0x830, 0xC000_0080, 0xC000_0081, 0xC000_0100,
        0xC000_0102, 0xC001_0015, 0x4000_0000, 0x4B56_4D00, 0x4B56_4D01, 0x4B56_4D02, 0x4B56_4D03, 0x4B56_4D04};
    private static final int[] KNOWN = {12, 12, 17, 18, 20, 21, 24, 24, 32, 32, 32, 34, 34, SCHED_OP};

    private final Map<String, Integer> reasons = new TreeMap<>();
    private final TestHost host = new TestHost();

    @AfterEach
    void close()
    {
        host.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void shouldEndAloneWhateverAKernelDoes(final long seed) throws KvmException
    {
        beHostile(seed);
    }

    /** {@code -Dskerry.hostile.seconds} is how long, else a second. */
    @Test
    void shouldEndAloneHoweverManyKernelsTry() throws KvmException
    {
        final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("skerry.hostile.seconds", 1));
        long seed = System.nanoTime();
        int ended = 0;
        while (System.nanoTime() < end)
        {
            beHostile(seed++);
            ended++;
        }
        assertTrue(ended > 0);
        System.out.println("hostile kernels that ended alone: " + ended + ", reasons " + reasons);
    }

    private void beHostile(final long seed) throws KvmException
    {
        final Domain bystander = host.newDomain("bystander", 64);
        try (TinyGuest guest = new TinyGuest(host, 1, bystander))
        {
            final int wrote = bystander.memory().buffer().getInt(40 << 12);
            putCalls(guest.memory(), new Random(seed));
            guest.start(caller());

            final ShutdownReason reason = guest.runToEnd();

            reasons.merge(guest.why() == null ? reason.name() : guest.why().replaceAll("0x[0-9a-f]+", "N"), 1,
                Integer::sum);
            assertTrue(guest.memory().getInt(COUNT) > 20 || guest.why() != null, "it called: seed=" + seed);
            assertEquals(wrote, bystander.memory().buffer().getInt(40 << 12));
        }
        assertTrue(bystander.eventChannels().allocUnbound(bystander.domid()).port().value() > 0, "seed=" + seed);
        try (TinyGuest next = new TinyGuest(host, 1))
        {
            next.start(new GuestCode().succeed()).assertSuccess(host);
        }
    }

    @Test
    void shouldGetAFaultForAnMsrThatIsNone() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode()
                .handle(13, "fault")
                .bytes(0xB9, 0x00, 0x00, 0x00, 0x50, 0x0F, 0x32)                        // rdmsr 0x50000000
                .print("Test result: FAILURE\n").powerOff()
                .label("fault").succeed()).assertSuccess(host);
        }
    }

    @Test
    void shouldFindNothingWhereThereIsNoMemory() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode()
                .store(0x5000_0000, 1).expectAt(0x5000_0000, -1)
                .mov(GuestCode.RAX, 0).bytes(0x66, 0xBA, 0x78, 0x03, 0xEC)                  // in al, dx
                .storeRax(DATA).expectAt(DATA, 0xFF)
                .succeed()).assertSuccess(host);
        }
    }

    @Test
    void shouldGetItsHypercallPage() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode()
                .bytes(0xB9, 0x00, 0x00, 0x00, 0x40, 0xB8, 0x00, 0x00, 0x17, 0x00, 0x31, 0xD2)
                .bytes(0x0F, 0x30)                                                      // wrmsr 0x40000000, 0x170000
                .mov(GuestCode.RDI, 0).movLong(GuestCode.RBX, 0x17_0000 + 17 * 32)
                .bytes(0xFF, 0xD3).expect(4 << 16 | 17)                                 // call rbx
                .succeed()).assertSuccess(host);
        }
    }

    @Test
    void shouldBeStoppedWhileItSpins() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 2))
        {
            guest.start(new GuestCode().label("spin").count(COUNT).jump("spin"));
            guest.runUntil(() -> guest.memory().getIntVolatile(COUNT) > 1000);
            guest.guest().vcpus().whileStopped(() ->
            {
                final int count = guest.memory().getIntVolatile(COUNT);
                final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
                while (System.nanoTime() < end)
                {
                    assertEquals(count, guest.memory().getIntVolatile(COUNT));
                }
            });
            final int count = guest.memory().getIntVolatile(COUNT);
            guest.runUntil(() -> guest.memory().getIntVolatile(COUNT) > count + 1000);
        }
    }

    @Test
    void shouldSayWhenTheKernelIsLost() throws KvmException
    {
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            guest.start(new GuestCode().bytes(0x31, 0xC0, 0x0F, 0x22, 0xD8));           // xor eax, eax; mov cr3, rax

            assertEquals(ShutdownReason.CRASH, guest.runToEnd());
            assertTrue(guest.why().contains("cr3=0x0"), guest.why());
        }
    }

    /** Goes through the table; a step that faults ends there. */
    private static GuestCode caller()
    {
        return new GuestCode().movLong(GuestCode.RBX, TABLE).bytes(0x48, 0x89, 0xE5)    // mov rbp, rsp
            .handle(6, "next").handle(13, "next").handle(14, "next")
            .label("step")
            .bytes(0x48, 0x8B, 0x03, 0x48, 0x8B, 0x7B, 0x08, 0x48, 0x8B, 0x73, 0x10, 0x48, 0x8B, 0x53, 0x18)
            .bytes(0xE7, 0xEA)                                                          // the hypercall
            .increment(COUNT)
            .bytes(0x8B, 0x53, 0x1C, 0x81, 0xE2, 0xFF, 0x05, 0x00, 0x00, 0xEE, 0xEC)    // out dx, al; in al, dx
            .bytes(0x8B, 0x4B, 0x30, 0x8B, 0x01, 0x89, 0x01)        // ecx = [rbx + 0x30]; eax = [rcx]; [rcx] = eax
            .bytes(0x48, 0x8B, 0x73, 0x38, 0x8B, 0x06, 0x89, 0x16)  // rsi = [rbx + 0x38]; eax = [rsi]; [rsi] = edx
            .bytes(0x8B, 0x4B, 0x20, 0x0F, 0x32)                    // ecx = [rbx + 0x20]; rdmsr
            .bytes(0x8B, 0x43, 0x28, 0x8B, 0x53, 0x2C, 0x0F, 0x30)  // eax = [rbx + 0x28], edx = [rbx + 0x2C]; wrmsr
            .label("next").bytes(0x48, 0x89, 0xEC)                                      // mov rsp, rbp
            .bytes(0x48, 0x83, 0xC3, CALL_LENGTH)
            .bytes(0x48, 0x81, 0xFB, 0x00, 0x00, 0x20, 0x00, 0x0F, 0x85).relative("step")
            .powerOff();
    }

    private static void putCalls(final UnsafeBuffer memory, final Random random)
    {
        for (int offset = 0; offset < NOISE_LENGTH; offset += Long.BYTES)
        {
            memory.putLong(NOISE + offset, random.nextInt(4) == 0 ?
                random.nextLong() : random.nextInt(1024) | (long)random.nextInt(4) << 32);
        }
        for (int i = 0; i < CALLS; i++)
        {
            final int call = TABLE + i * CALL_LENGTH;
            final int number = random.nextInt(10) == 0 ? random.nextInt() : KNOWN[random.nextInt(KNOWN.length)];
            int command = random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(26);
            if (number == SCHED_OP && command < 4)
            {
                command = 4;                            // to end or to wait is too easy
            }
            memory.putLong(call, number);
            memory.putLong(call + 8, command);
            memory.putLong(call + 16, random.nextInt(3) == 0 ? random.nextInt(4) : pointer(random));
            memory.putLong(call + 24, random.nextInt(3) == 0 ? random.nextInt(4) : pointer(random));
            memory.putLong(call + 0x20, random.nextInt(4) == 0 ? random.nextInt() : MSRS[random.nextInt(MSRS.length)]);
            memory.putLong(call + 0x28, random.nextBoolean() ? random.nextLong() : pointer(random));
            memory.putLong(call + 0x30, IO_APIC + random.nextInt(0x1_0000));
            memory.putLong(call + 0x38, random.nextInt(4) == 0 ? pointer(random) : random.nextInt(LOW_MEMORY));
        }
    }

    private static long pointer(final Random random)
    {
        return switch (random.nextInt(8))
        {
            case 0 -> random.nextLong();
            case 1 -> GuestCode.UNMAPPED_PAGE - random.nextInt(32);
            case 2 -> GuestCode.READ_ONLY_PAGE + random.nextInt(4096);
            case 3 -> random.nextInt() & 0xFFFF_FFFFL;
            default -> NOISE + random.nextInt(NOISE_LENGTH);
        };
    }
}
