package org.skerry.pvh;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Kvm;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * A machine of KVM's with LAPICs and memory and nothing else. Any thread may use it, also while its vCPUs run.
 */
final class VirtualMachine implements AutoCloseable
{
    /** A guest writes the address of its hypercall page to this MSR. */
    static final int HYPERCALL_MSR = 0x4000_0000;

    /** No memory of the guest reaches up to the pages that old processors need below this: 4 GiB - 272 KiB. */
    static final long LOW_MEMORY_END = 0xFEE0_0000L;

    private static final long TSS_ADDRESS = 0xFFFB_D000L;
    private static final long IDENTITY_MAP_ADDRESS = 0xFFFB_C000L;
    private static final int RAM_SLOT = 0;
    private static final int MSI_ADDRESS = 0xFEE0_0000;
    private static final int MSI_APIC_ID_SHIFT = 12;
    private static final int MAX_CPUID_ENTRIES = 512;
    private static final int[] NEEDED = {
        Kvm.CAP_SPLIT_IRQCHIP, Kvm.CAP_SIGNAL_MSI, Kvm.CAP_X86_USER_SPACE_MSR, Kvm.CAP_SYNC_REGS,
        Kvm.CAP_IMMEDIATE_EXIT, Kvm.CAP_GET_TSC_KHZ};

    private final int kvm;
    private final int vm;
    private final int vcpuMmapSize;
    private final boolean isInterceptingHypercalls;
    private int slots = RAM_SLOT + 1;

    private VirtualMachine(final int kvm) throws KvmException
    {
        this.kvm = kvm;
        vm = KvmException.check("create a machine", Kvm.createVm(kvm));
        vcpuMmapSize = KvmException.check("say how large a vCPU is", Kvm.vcpuMmapSize(kvm));
        KvmException.check("place real mode pages", Kvm.setRealModePages(vm, TSS_ADDRESS, IDENTITY_MAP_ADDRESS));
        KvmException.check("split the interrupt chip", Kvm.enableCapability(vm, Kvm.CAP_SPLIT_IRQCHIP, 0));
        KvmException.check("leave MSRs to us", Kvm.enableCapability(     // to KVM, Xen's is one of Hyper-V's
            vm, Kvm.CAP_X86_USER_SPACE_MSR, Kvm.MSR_EXIT_REASON_UNKNOWN | Kvm.MSR_EXIT_REASON_INVAL));
        final int xen = Kvm.checkExtension(kvm, Kvm.CAP_XEN_HVM);
        isInterceptingHypercalls = xen > 0 && (xen & Kvm.XEN_HVM_CONFIG_INTERCEPT_HCALL) != 0 &&
            Kvm.xenHvmConfig(vm, Kvm.XEN_HVM_CONFIG_INTERCEPT_HCALL, HYPERCALL_MSR) == 0;
    }

    /**
     * @param kvm an open /dev/kvm, stays the caller's.
     * @return a machine without memory and vCPUs.
     * @throws KvmException when it is none, or lacks something.
     */
    static VirtualMachine create(final int kvm) throws KvmException
    {
        if (Kvm.apiVersion(kvm) != Kvm.API_VERSION)
        {
            throw new KvmException("not KVM: version=" + Kvm.apiVersion(kvm) + "; hand over an open /dev/kvm");
        }
        for (final int capability : NEEDED)
        {
            if (Kvm.checkExtension(kvm, capability) <= 0)
            {
                throw new KvmException(
                    "this host's KVM is too old: it lacks capability " + capability + "; Linux 5.10 or newer has it");
            }
        }

        return new VirtualMachine(kvm);
    }

    /** @return whether the guest's hypercall instructions end a run by themselves, and need not be rewritten. */
    boolean isInterceptingHypercalls()
    {
        return isInterceptingHypercalls;
    }

    /**
     * Show memory of this process at guest address 0.
     *
     * @param address    in this process.
     * @param frameCount of it.
     * @throws KvmException when it is too much for what is below 4 GiB.
     */
    void setRam(final long address, final int frameCount) throws KvmException
    {
        final long length = (long)frameCount << Hypercalls.PAGE_SHIFT;
        if (length > LOW_MEMORY_END)
        {
            throw new KvmException("too much memory for a Linux guest: memory=" + (length >> 20) + " MiB, max=" +
                (LOW_MEMORY_END >> 20) + " MiB");
        }
        KvmException.check("show memory to the guest", Kvm.setUserMemoryRegion(vm, RAM_SLOT, 0, length, address));
    }

    /**
     * Show one more page of this process. On one thread.
     *
     * @param frame   of the guest, where no memory is.
     * @param address in this process.
     * @return 0 or a negative errno; -EEXIST when something is there.
     */
    int addPage(final long frame, final long address)
    {
        final int result = Kvm.setUserMemoryRegion(
            vm, slots, frame << Hypercalls.PAGE_SHIFT, Hypercalls.PAGE_SIZE, address);
        slots += result == 0 ? 1 : 0;

        return result;
    }

    /**
     * Raise an interrupt.
     *
     * @param vcpu   whose.
     * @param vector 16 to 255.
     * @return whether the vCPU's LAPIC took it.
     */
    boolean interrupt(final int vcpu, final int vector)
    {
        return Kvm.signalMsi(vm, MSI_ADDRESS | vcpu << MSI_APIC_ID_SHIFT, vector) > 0;
    }

    /** @return descriptor of a new vCPU, the caller's. */
    int createVcpu(final int id) throws KvmException
    {
        return KvmException.check("create vCPU " + id, Kvm.createVcpu(vm, id));
    }

    /** @return what KVM and we share of a vCPU, the caller's to unmap. */
    UnsafeBuffer mapVcpu(final int vcpu) throws KvmException
    {
        final long address = SysMman.mmap(
            0, vcpuMmapSize, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, vcpu, 0);
        KvmException.check("map a vCPU", (int)Math.min(address, 0));

        return new UnsafeBuffer(address, vcpuMmapSize);
    }

    /** @return a {@link Kvm.Cpuid} of what a guest may be shown here, with room for more leaves. */
    UnsafeBuffer supportedCpuid() throws KvmException
    {
        final UnsafeBuffer cpuid = new UnsafeBuffer(ByteBuffer.allocateDirect(
            Kvm.Cpuid.ENTRIES_OFFSET + MAX_CPUID_ENTRIES * Kvm.Cpuid.ENTRY_LENGTH));
        cpuid.putInt(Kvm.Cpuid.NENT_OFFSET, MAX_CPUID_ENTRIES - CpuidLeaves.MAX_ADDED);
        KvmException.check("say what processor it offers", Kvm.supportedCpuid(kvm, cpuid.addressOffset()));

        return cpuid;
    }

    @Override
    public void close()
    {
        Unistd.close(vm);
    }
}
