package org.skerry.wire.linux;

/**
 * {@code linux/kvm.h}: virtual machines and their processors, x86_64. Calls on a vCPU take a lock that
 * {@link #run} holds: only the thread that runs a vCPU may make them. Those on a machine may come from any thread, also
 * while its vCPUs run. Errors are negative errnos.
 */
public final class Kvm
{
    /** What {@link #apiVersion} answers, for ever. */
    public static final int API_VERSION = 12;

    /** {@code KVM_CAP_*}: the LAPICs alone stand in the kernel. */
    public static final int CAP_SPLIT_IRQCHIP = 121;
    /** {@link #signalMsi}. */
    public static final int CAP_SIGNAL_MSI = 77;
    /** Accesses to unknown MSRs end a run. */
    public static final int CAP_X86_USER_SPACE_MSR = 188;
    /** Registers stand in {@link Run} after each exit; the bits are those of {@link Run#KVM_VALID_REGS_OFFSET}. */
    public static final int CAP_SYNC_REGS = 74;
    /** {@link Run#IMMEDIATE_EXIT_OFFSET} is looked at. */
    public static final int CAP_IMMEDIATE_EXIT = 136;
    /** {@link #tscKhz}. */
    public static final int CAP_GET_TSC_KHZ = 61;
    /** {@link #xenHvmConfig}; the answer holds {@code KVM_XEN_HVM_CONFIG_*}. */
    public static final int CAP_XEN_HVM = 38;

    /** Of {@link #CAP_X86_USER_SPACE_MSR}: MSRs that KVM knows and refuses. */
    public static final int MSR_EXIT_REASON_INVAL = 1;
    /** Of {@link #CAP_X86_USER_SPACE_MSR}: MSRs that KVM does not know. */
    public static final int MSR_EXIT_REASON_UNKNOWN = 1 << 1;
    /** Of {@link #CAP_SYNC_REGS}. */
    public static final int SYNC_X86_REGS = 1;
    /** Of {@link #CAP_SYNC_REGS}. */
    public static final int SYNC_X86_SREGS = 1 << 1;
    /** Of {@link #CAP_XEN_HVM}: hypercalls end a run with {@link #EXIT_XEN}. */
    public static final int XEN_HVM_CONFIG_INTERCEPT_HCALL = 1 << 1;

    /** {@code KVM_EXIT_*}. */
    public static final int EXIT_IO = 2;
    /** Halted, where the LAPIC is not in the kernel. */
    public static final int EXIT_HLT = 5;
    /** No memory there. */
    public static final int EXIT_MMIO = 6;
    /** Triple fault. */
    public static final int EXIT_SHUTDOWN = 8;
    /** The processor refused what the registers say. */
    public static final int EXIT_FAIL_ENTRY = 9;
    /** A signal came. */
    public static final int EXIT_INTR = 10;
    /** KVM cannot go on; for one, an instruction that it cannot emulate. */
    public static final int EXIT_INTERNAL_ERROR = 17;
    /** An MSR that KVM does not know is read. */
    public static final int EXIT_X86_RDMSR = 29;
    /** An MSR that KVM does not know is written. */
    public static final int EXIT_X86_WRMSR = 30;
    /** A hypercall of Xen's. */
    public static final int EXIT_XEN = 34;

    /** {@code asm/msr-index.h}: the time stamp counter. */
    public static final int MSR_IA32_TSC = 0x10;

    /** Bytes of {@code struct kvm_regs}. */
    public static final int REGS_LENGTH = 144;
    /** Bytes of {@code struct kvm_sregs}. */
    public static final int SREGS_LENGTH = 312;

    private static final long KVM_GET_API_VERSION = 0xAE00;
    private static final long KVM_CREATE_VM = 0xAE01;
    private static final long KVM_CHECK_EXTENSION = 0xAE03;
    private static final long KVM_GET_VCPU_MMAP_SIZE = 0xAE04;
    private static final long KVM_GET_SUPPORTED_CPUID = 0xC008_AE05L;
    private static final long KVM_CREATE_VCPU = 0xAE41;
    private static final long KVM_SET_USER_MEMORY_REGION = 0x4020_AE46L;
    private static final long KVM_SET_TSS_ADDR = 0xAE47;
    private static final long KVM_SET_IDENTITY_MAP_ADDR = 0x4008_AE48L;
    private static final long KVM_XEN_HVM_CONFIG = 0x4038_AE7AL;
    private static final long KVM_ENABLE_CAP = 0x4068_AEA3L;
    private static final long KVM_SIGNAL_MSI = 0x4020_AEA5L;
    private static final long KVM_RUN = 0xAE80;
    private static final long KVM_GET_REGS = 0x8090_AE81L;
    private static final long KVM_SET_REGS = 0x4090_AE82L;
    private static final long KVM_GET_SREGS = 0x8138_AE83L;
    private static final long KVM_SET_SREGS = 0x4138_AE84L;
    private static final long KVM_GET_MSRS = 0xC008_AE88L;
    private static final long KVM_SET_CPUID2 = 0x4008_AE90L;
    private static final long KVM_GET_TSC_KHZ = 0xAEA3;

    private static final int MEMORY_REGION_LENGTH = 32;
    private static final int ENABLE_CAP_LENGTH = 104;
    private static final int ENABLE_CAP_ARGS_OFFSET = 8;
    private static final int MSI_LENGTH = 32;
    private static final int MSI_DATA_OFFSET = 8;
    private static final int XEN_HVM_CONFIG_LENGTH = 56;
    private static final int MSRS_LENGTH = 24;
    private static final int MSRS_INDEX_OFFSET = 8;
    private static final int MSRS_DATA_OFFSET = 16;

    private Kvm()
    {
    }

    /** @return {@value #API_VERSION}; -ENOTTY from what is no /dev/kvm. */
    public static int apiVersion(final int kvm)
    {
        return Ioctl.ioctl(kvm, KVM_GET_API_VERSION, 0);
    }

    /** @return a new machine without memory and vCPUs, closed on exec. */
    public static int createVm(final int kvm)
    {
        return Ioctl.ioctl(kvm, KVM_CREATE_VM, 0);
    }

    /** @return 0 when KVM does not have it, else what it says about it. */
    public static int checkExtension(final int kvmOrVm, final int capability)
    {
        return Ioctl.ioctl(kvmOrVm, KVM_CHECK_EXTENSION, capability);
    }

    /** @return bytes of the mapping of a vCPU that starts with {@link Run}. */
    public static int vcpuMmapSize(final int kvm)
    {
        return Ioctl.ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    }

    /**
     * @param cpuid2 address of {@link Cpuid}, whose number of entries says how much room there is.
     * @return 0; -E2BIG when there are more.
     */
    public static int supportedCpuid(final int kvm, final long cpuid2)
    {
        return Ioctl.ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid2);
    }

    /**
     * Where old Intel processors keep what they need for real mode: 3 pages and 1 page of the guest's address space.
     *
     * @return 0.
     */
    public static int setRealModePages(final int vm, final long tssAddress, final long identityMapAddress)
    {
        final int result = Ioctl.ioctl(vm, KVM_SET_TSS_ADDR, tssAddress);
        if (result < 0)
        {
            return result;
        }
        final long address = Syscall.scratch();
        Memory.putLong(address, identityMapAddress);

        return Ioctl.ioctl(vm, KVM_SET_IDENTITY_MAP_ADDR, address);
    }

    /** @return 0. */
    public static int enableCapability(final int vm, final int capability, final long argument)
    {
        final long enable = Syscall.scratch();
        Memory.clear(enable, ENABLE_CAP_LENGTH);
        Memory.putInt(enable, capability);
        Memory.putLong(enable + ENABLE_CAP_ARGS_OFFSET, argument);

        return Ioctl.ioctl(vm, KVM_ENABLE_CAP, enable);
    }

    /**
     * Have Xen's hypercalls end a run, and KVM write the hypercall page.
     *
     * @param msr that the guest writes the page's address to.
     * @return 0.
     */
    public static int xenHvmConfig(final int vm, final int flags, final int msr)
    {
        final long config = Syscall.scratch();
        Memory.clear(config, XEN_HVM_CONFIG_LENGTH);
        Memory.putInt(config, flags);
        Memory.putInt(config + Integer.BYTES, msr);

        return Ioctl.ioctl(vm, KVM_XEN_HVM_CONFIG, config);
    }

    /**
     * Show memory of this process to the guest.
     *
     * @param slot     number of the region; what it showed before is replaced.
     * @param guest    physical address, whole pages.
     * @param length   in bytes, whole pages; 0 removes the region.
     * @param userspace address in this process; what is mapped there later is seen, too.
     * @return 0.
     */
    public static int setUserMemoryRegion(
        final int vm, final int slot, final long guest, final long length, final long userspace)
    {
        final long region = Syscall.scratch();
        Memory.clear(region, MEMORY_REGION_LENGTH);
        Memory.putInt(region, slot);
        Memory.putLong(region + 8, guest);
        Memory.putLong(region + 16, length);
        Memory.putLong(region + 24, userspace);

        return Ioctl.ioctl(vm, KVM_SET_USER_MEMORY_REGION, region);
    }

    /**
     * Write a message to the LAPICs.
     *
     * @param address as a PCI device would write to.
     * @param data    as a PCI device would write.
     * @return 1 or more when a LAPIC took it; 0 when none did: the guest has disabled it.
     */
    public static int signalMsi(final int vm, final int address, final int data)
    {
        final long msi = Syscall.scratch();
        Memory.clear(msi, MSI_LENGTH);
        Memory.putInt(msi, address);
        Memory.putInt(msi + MSI_DATA_OFFSET, data);

        return Ioctl.ioctl(vm, KVM_SIGNAL_MSI, msi);
    }

    /**
     * @param id of its LAPIC.
     * @return a new vCPU; 0 is the one that boots, others wait for its INIT and SIPI.
     */
    public static int createVcpu(final int vm, final int id)
    {
        return Ioctl.ioctl(vm, KVM_CREATE_VCPU, id);
    }

    /**
     * Let a vCPU run on the calling thread until it needs us.
     *
     * @return 0: see {@link Run#EXIT_REASON_OFFSET}; -EINTR for a signal; -EAGAIN when it has been started.
     */
    public static int run(final int vcpu)
    {
        return Ioctl.ioctl(vcpu, KVM_RUN, 0);
    }

    /** @return 0. */
    public static int getRegs(final int vcpu, final long regs)
    {
        return Ioctl.ioctl(vcpu, KVM_GET_REGS, regs);
    }

    /** @return 0. */
    public static int setRegs(final int vcpu, final long regs)
    {
        return Ioctl.ioctl(vcpu, KVM_SET_REGS, regs);
    }

    /** @return 0. */
    public static int getSregs(final int vcpu, final long sregs)
    {
        return Ioctl.ioctl(vcpu, KVM_GET_SREGS, sregs);
    }

    /** @return 0. */
    public static int setSregs(final int vcpu, final long sregs)
    {
        return Ioctl.ioctl(vcpu, KVM_SET_SREGS, sregs);
    }

    /**
     * @param cpuid2 address of {@link Cpuid}.
     * @return 0.
     */
    public static int setCpuid2(final int vcpu, final long cpuid2)
    {
        return Ioctl.ioctl(vcpu, KVM_SET_CPUID2, cpuid2);
    }

    /** @return frequency of the vCPU's time stamp counter. */
    public static int tscKhz(final int vcpu)
    {
        return Ioctl.ioctl(vcpu, KVM_GET_TSC_KHZ, 0);
    }

    /** @return the MSR as the guest would read it now; 0 when KVM does not know it. */
    public static long readMsr(final int vcpu, final int index)
    {
        final long msrs = Syscall.scratch();
        Memory.clear(msrs, MSRS_LENGTH);
        Memory.putInt(msrs, 1);
        Memory.putInt(msrs + MSRS_INDEX_OFFSET, index);

        return Ioctl.ioctl(vcpu, KVM_GET_MSRS, msrs) == 1 ? Memory.getLong(msrs + MSRS_DATA_OFFSET) : 0;
    }

    /** Offsets in {@code struct kvm_run}, which the mapping of a vCPU starts with. */
    public static final class Run
    {
        /** u8: 1 ends the next run before it begins. */
        public static final int IMMEDIATE_EXIT_OFFSET = 1;
        /** u32: {@code EXIT_*}. */
        public static final int EXIT_REASON_OFFSET = 8;

        /** u8: 0 in, 1 out. */
        public static final int IO_DIRECTION_OFFSET = 32;
        /** u8: 1, 2 or 4 bytes. */
        public static final int IO_SIZE_OFFSET = 33;
        /** u16. */
        public static final int IO_PORT_OFFSET = 34;
        /** u32: so many in a row. */
        public static final int IO_COUNT_OFFSET = 36;
        /** u64: from the start of the mapping. */
        public static final int IO_DATA_OFFSET_OFFSET = 40;

        /** u64. */
        public static final int MMIO_PHYS_ADDR_OFFSET = 32;
        /** 8 bytes. */
        public static final int MMIO_DATA_OFFSET = 40;
        /** u32: 1 to 8. */
        public static final int MMIO_LENGTH_OFFSET = 48;
        /** u8. */
        public static final int MMIO_IS_WRITE_OFFSET = 52;

        /** u8: 1 answers with a general protection fault. */
        public static final int MSR_ERROR_OFFSET = 32;
        /** u32. */
        public static final int MSR_INDEX_OFFSET = 44;
        /** u64. */
        public static final int MSR_DATA_OFFSET = 48;

        /** u32. */
        public static final int INTERNAL_SUBERROR_OFFSET = 32;
        /** u64: what the processor said. */
        public static final int FAIL_ENTRY_REASON_OFFSET = 32;

        /** u32: 1 for a hypercall. */
        public static final int XEN_TYPE_OFFSET = 32;
        /** u32. */
        public static final int XEN_LONGMODE_OFFSET = 40;
        /** u32: privilege level, 0 is the kernel. */
        public static final int XEN_CPL_OFFSET = 44;
        /** u64: number of the hypercall. */
        public static final int XEN_INPUT_OFFSET = 48;
        /** u64: ours to write. */
        public static final int XEN_RESULT_OFFSET = 56;
        /** u64[6]. */
        public static final int XEN_PARAMS_OFFSET = 64;

        /** u64: what KVM shall write below after each exit, {@code SYNC_X86_*}. */
        public static final int KVM_VALID_REGS_OFFSET = 288;
        /** u64: what KVM shall read from below before the next run. */
        public static final int KVM_DIRTY_REGS_OFFSET = 296;
        /** A {@code struct kvm_regs}. */
        public static final int SYNC_REGS_OFFSET = 304;
        /** A {@code struct kvm_sregs}. */
        public static final int SYNC_SREGS_OFFSET = SYNC_REGS_OFFSET + REGS_LENGTH;

        private Run()
        {
        }
    }

    /** Offsets in {@code struct kvm_regs}: u64 each. */
    public static final class Regs
    {
        public static final int RAX_OFFSET = 0;
        public static final int RBX_OFFSET = 8;
        public static final int RCX_OFFSET = 16;
        public static final int RDX_OFFSET = 24;
        public static final int RSI_OFFSET = 32;
        public static final int RDI_OFFSET = 40;
        public static final int RSP_OFFSET = 48;
        public static final int R8_OFFSET = 64;
        public static final int R10_OFFSET = 80;
        public static final int RIP_OFFSET = 128;
        public static final int RFLAGS_OFFSET = 136;

        private Regs()
        {
        }
    }

    /** Offsets in {@code struct kvm_sregs} and in the {@code struct kvm_segment} that it is made of. */
    public static final class Sregs
    {
        public static final int CS_OFFSET = 0;
        public static final int DS_OFFSET = 24;
        public static final int ES_OFFSET = 48;
        public static final int FS_OFFSET = 72;
        public static final int GS_OFFSET = 96;
        public static final int SS_OFFSET = 120;
        public static final int TR_OFFSET = 144;
        public static final int CR0_OFFSET = 224;
        public static final int CR3_OFFSET = 240;
        public static final int CR4_OFFSET = 248;
        public static final int EFER_OFFSET = 264;

        /** Of a segment: u64. */
        public static final int SEGMENT_BASE_OFFSET = 0;
        /** Of a segment: u32. */
        public static final int SEGMENT_LIMIT_OFFSET = 8;
        /** Of a segment: u16. */
        public static final int SEGMENT_SELECTOR_OFFSET = 12;
        /** Of a segment: u8, as all that follow. */
        public static final int SEGMENT_TYPE_OFFSET = 14;
        public static final int SEGMENT_PRESENT_OFFSET = 15;
        public static final int SEGMENT_DPL_OFFSET = 16;
        public static final int SEGMENT_DB_OFFSET = 17;
        public static final int SEGMENT_S_OFFSET = 18;
        public static final int SEGMENT_L_OFFSET = 19;
        public static final int SEGMENT_G_OFFSET = 20;

        private Sregs()
        {
        }
    }

    /** Offsets in {@code struct kvm_cpuid2} and in its entries: u32 each. */
    public static final class Cpuid
    {
        /** Number of entries: in for room, out for what is there. */
        public static final int NENT_OFFSET = 0;
        /** The first entry. */
        public static final int ENTRIES_OFFSET = 8;
        /** Bytes of an entry. */
        public static final int ENTRY_LENGTH = 40;
        public static final int FUNCTION_OFFSET = 0;
        public static final int INDEX_OFFSET = 4;
        public static final int FLAGS_OFFSET = 8;
        public static final int EAX_OFFSET = 12;
        public static final int EBX_OFFSET = 16;
        public static final int ECX_OFFSET = 20;
        public static final int EDX_OFFSET = 24;
        /** Of the flags: the index counts. */
        public static final int FLAG_SIGNIFICANT_INDEX = 1;

        private Cpuid()
        {
        }
    }
}
