package org.skerry.pvh;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Kvm;
import org.skerry.wire.linux.Kvm.Regs;
import org.skerry.wire.linux.Kvm.Sregs;

/**
 * A domain whose kernel runs on vCPUs of KVM. Its memory is the domain's, frame by frame; its ports are the domain's;
 * its hypercalls become ours. The thread that owns the domain makes it and runs the domain's loop.
 *
 * <p>Spec: docs/misc/pvh.pandoc (the state in which the first vCPU begins).
 */
public final class PvhGuest implements AutoCloseable
{
    /** The port whose {@code out} is a hypercall, where instructions have to be rewritten. */
    public static final int HYPERCALL_PORT = Vcpu.HYPERCALL_PORT;

    private static final int CR0_PE_ET = 0x11;
    private static final int RFLAGS_RESERVED = 2;
    private static final int CODE_READ_ACCESSED = 0xB;
    private static final int DATA_WRITE_ACCESSED = 3;
    private static final int TSS_BUSY = 0xB;
    private static final int TSS_LIMIT = 0x67;
    private static final int STUB_COUNT = 128;
    private static final int STUB_LENGTH = 32;
    private static final long NS_PER_S = 1_000_000_000L;

    private final Domain domain;
    private final BiConsumer<ShutdownReason, String> onEnd;
    private final VirtualMachine machine;
    private final GuestMemory memory;
    private final KernelCalls kernel;
    private final SharedInfo sharedInfo;
    private final Upcalls upcalls;
    private final GuestPorts ports;
    private final List<Vcpu> vcpuList = new ArrayList<>();
    private final List<Integer> vcpuFds = new ArrayList<>();
    private final VcpuSet vcpus;
    private final HypercallTable hypercalls;
    private final GuestClock clock;
    private boolean isEnding;

    /**
     * Build it; nothing runs yet.
     *
     * @param domain that it is, confined already when the process is a domain's own.
     * @param kvm    an open /dev/kvm; stays the caller's, and may be closed afterwards.
     * @param onEnd  hears once, on the loop, that no vCPU runs any more: why, and one line about a crash, else null.
     * @throws KvmException when this host cannot.
     */
    public PvhGuest(final Domain domain, final int kvm, final BiConsumer<ShutdownReason, String> onEnd)
        throws KvmException
    {
        this.domain = domain;
        this.onEnd = onEnd;
        final int vcpuCount = Math.min(domain.startInfo().vcpus(), SharedInfo.LEGACY_MAX_VCPUS);
        machine = VirtualMachine.create(kvm);
        machine.setRam(domain.memory().address(), domain.memory().frameCount());
        memory = newMemory();
        kernel = new KernelCalls(domain.hypercalls());
        sharedInfo = new SharedInfo(vcpuCount);
        upcalls = new Upcalls(sharedInfo, vcpuCount, machine::interrupt, domain.loop());
        ports = new GuestPorts(domain.eventChannels(), upcalls, sharedInfo, vcpuCount);
        vcpus = new VcpuSet(vcpuList);
        clock = createVcpus(vcpuCount);
        upcalls.onRaised(vcpus::wakePolling);
        hypercalls = new HypercallTable(this);
        sharedInfo.putTime(clock);
        final Instant now = Instant.now();
        sharedInfo.putWallClock(now.getEpochSecond() * NS_PER_S + now.getNano());
        ports.adopt(domain.startInfo().storePort());
        ports.adopt(domain.startInfo().consolePort());
    }

    /** @return whether hypercalls need no rewriting of the instructions that make them. */
    public boolean isInterceptingHypercalls()
    {
        return machine.isInterceptingHypercalls();
    }

    /** @return its processors, to be stopped while memory is moved. */
    public VcpuSet vcpus()
    {
        return vcpus;
    }

    /** Bring frames that the guest grants to where the grantees can map them, from now on. */
    public void serveGrants()
    {
        domain.frameMover().serve(vcpus::whileStopped, why -> end(ShutdownReason.CRASH, why));
    }

    /** @return exits of all vCPUs so far. */
    ExitCounts exits()
    {
        return ExitCounts.sum(vcpuList.stream().map(Vcpu::exits).toList());
    }

    /**
     * Let the first vCPU begin, the others wait for it.
     *
     * @param entry     physical address of the first instruction, 32-bit protected mode without paging.
     * @param startInfo physical address of {@code struct hvm_start_info}.
     * @throws KvmException when KVM refuses.
     */
    public void start(final long entry, final long startInfo) throws KvmException
    {
        final UnsafeBuffer sregs = new UnsafeBuffer(ByteBuffer.allocateDirect(Kvm.SREGS_LENGTH));
        final int boot = vcpuFds.getFirst();
        KvmException.check("read registers", Kvm.getSregs(boot, sregs.addressOffset()));
        putSegment(sregs, Sregs.CS_OFFSET, CODE_READ_ACCESSED, true, -1);
        for (final int data : new int[]{
            Sregs.DS_OFFSET, Sregs.ES_OFFSET, Sregs.FS_OFFSET, Sregs.GS_OFFSET, Sregs.SS_OFFSET})
        {
            putSegment(sregs, data, DATA_WRITE_ACCESSED, true, -1);
        }
        putSegment(sregs, Sregs.TR_OFFSET, TSS_BUSY, false, TSS_LIMIT);
        sregs.putLong(Sregs.CR0_OFFSET, CR0_PE_ET);
        sregs.putLong(Sregs.CR4_OFFSET, 0);
        sregs.putLong(Sregs.EFER_OFFSET, 0);
        KvmException.check("set segments", Kvm.setSregs(boot, sregs.addressOffset()));

        final UnsafeBuffer regs = new UnsafeBuffer(ByteBuffer.allocateDirect(Kvm.REGS_LENGTH));
        regs.putLong(Regs.RIP_OFFSET, entry);
        regs.putLong(Regs.RBX_OFFSET, startInfo);
        regs.putLong(Regs.RFLAGS_OFFSET, RFLAGS_RESERVED);
        KvmException.check("set registers", Kvm.setRegs(boot, regs.addressOffset()));
        vcpus.start();
    }

    /** Stop all vCPUs and let go of them; tells nobody. On the loop's thread. */
    @Override
    public void close()
    {
        isEnding = true;
        vcpus.stop();
        try
        {
            for (final Vcpu vcpu : vcpuList)
            {
                vcpu.join();
                vcpu.close();
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        machine.close();
    }

    /**
     * The guest has ended, or must. From any thread.
     *
     * @param why one line about a crash, else null.
     */
    void end(final ShutdownReason reason, final String why)
    {
        vcpus.end();
        domain.loop().execute(() ->
        {
            if (!isEnding)
            {
                isEnding = true;
                vcpus.stop();
                onEnd.accept(reason, why);
            }
        });
    }

    Domain domain()
    {
        return domain;
    }

    VirtualMachine machine()
    {
        return machine;
    }

    /** For the loop. */
    GuestMemory memory()
    {
        return memory;
    }

    GuestMemory newMemory()
    {
        return new GuestMemory(domain.memory().address(), domain.memory().frameCount());
    }

    KernelCalls kernel()
    {
        return kernel;
    }

    SharedInfo sharedInfo()
    {
        return sharedInfo;
    }

    Upcalls upcalls()
    {
        return upcalls;
    }

    GuestPorts ports()
    {
        return ports;
    }

    GuestClock clock()
    {
        return clock;
    }

    HypercallTable hypercalls()
    {
        return hypercalls;
    }

    /**
     * Write the stubs that a kernel calls: {@code mov eax, number; out port, eax; ret}.
     *
     * @param address physical, of a page.
     * @return false when there is no memory.
     */
    boolean putHypercallPage(final long address)
    {
        final long frame = address >>> Hypercalls.PAGE_SHIFT;
        if (frame >= domain.memory().frameCount())
        {
            return false;
        }
        final UnsafeBuffer page = new UnsafeBuffer(memory.addressOf(frame), Hypercalls.PAGE_SIZE);
        for (int number = 0; number < STUB_COUNT; number++)
        {
            final int stub = number * STUB_LENGTH;
            page.putByte(stub, (byte)0xB8);
            page.putInt(stub + 1, number);
            page.putByte(stub + 5, (byte)0xE7);
            page.putByte(stub + 6, (byte)HYPERCALL_PORT);
            page.putByte(stub + 7, (byte)0xC3);
        }

        return true;
    }

    private GuestClock createVcpus(final int count) throws KvmException
    {
        for (int id = 0; id < count; id++)
        {
            vcpuFds.add(machine.createVcpu(id));
        }
        final int tscKhz = KvmException.check("say the frequency of time stamps", Kvm.tscKhz(vcpuFds.getFirst()));
        final CpuidLeaves cpuid = new CpuidLeaves(machine.supportedCpuid());
        cpuid.addXen(domain.domid().value(), tscKhz);
        for (int id = 0; id < count; id++)
        {
            final int fd = vcpuFds.get(id);
            KvmException.check("set CPUID", Kvm.setCpuid2(fd, cpuid.of(id, count).addressOffset()));
            vcpuList.add(new Vcpu(id, fd, machine.mapVcpu(fd), this));
        }

        return new GuestClock(Kvm.readMsr(vcpuFds.getFirst(), Kvm.MSR_IA32_TSC), tscKhz);
    }

    private static void putSegment(
        final UnsafeBuffer sregs, final int offset, final int type, final boolean isMemory, final int limit)
    {
        sregs.putLong(offset + Sregs.SEGMENT_BASE_OFFSET, 0);
        sregs.putInt(offset + Sregs.SEGMENT_LIMIT_OFFSET, limit);
        sregs.putByte(offset + Sregs.SEGMENT_TYPE_OFFSET, (byte)type);
        sregs.putByte(offset + Sregs.SEGMENT_PRESENT_OFFSET, (byte)1);
        sregs.putByte(offset + Sregs.SEGMENT_DPL_OFFSET, (byte)0);
        sregs.putByte(offset + Sregs.SEGMENT_DB_OFFSET, (byte)(isMemory ? 1 : 0));
        sregs.putByte(offset + Sregs.SEGMENT_S_OFFSET, (byte)(isMemory ? 1 : 0));
        sregs.putByte(offset + Sregs.SEGMENT_L_OFFSET, (byte)0);
        sregs.putByte(offset + Sregs.SEGMENT_G_OFFSET, (byte)(isMemory ? 1 : 0));
    }
}
