package org.skerry.toolstack.xl;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Kvm;
import org.skerry.wire.linux.Kvm.Regs;
import org.skerry.wire.linux.Kvm.Run;
import org.skerry.wire.linux.Kvm.Sregs;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * What a /dev/kvm is worth: a guest of five instructions counts down from 100,000 on it, and the time tells. A real one
 * takes some ten microseconds, one in software emulation less than a millisecond; one that interprets what guest
 * kernels do, as nested machines of some clouds have, 100 ms, and no Linux can live on it.
 *
 * @param verdict what it is.
 * @param detail  a few words about it.
 */
record KvmProbe(Verdict verdict, String detail)
{
    /** What a device can be. */
    enum Verdict
    {
        /** Guests run on it. */
        USABLE,

        /** There is none, or no KVM behind it. */
        MISSING,

        /** There is one, and we may not use it. */
        FORBIDDEN,

        /** It interprets each instruction. */
        EMULATING,

        /** A guest does not run on it. */
        BROKEN
    }

    private static final int PAGE_SIZE = 4096;
    private static final int COUNT = 100_000;
    private static final long TSS_ADDRESS = 0xFFFB_D000L;
    private static final long IDENTITY_MAP_ADDRESS = 0xFFFB_C000L;
    private static final int ROUNDS = 5;
    private static final long LONGEST_REAL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final byte[] CODE = {
        (byte)0xb9, (byte)COUNT, (byte)(COUNT >> 8), (byte)(COUNT >> 16), 0,   // again: mov ecx, COUNT
        0x49,                                                                  // down:  dec ecx
        0x75, (byte)0xfd,                                                      //        jnz down
        (byte)0xe6, 0x10,                                                      //        out 0x10, al
        (byte)0xeb, (byte)0xf4                                                 //        jmp again
    };
    private static final int CODE_SEGMENT = 0xb;
    private static final int DATA_SEGMENT = 0x3;
    private static final int TASK_SEGMENT_LIMIT = 0x67;
    private static final long CR0_PE_ET = 0x11;
    private static final long RFLAGS_FIXED = 2;

    /**
     * @param path of the device.
     * @return what it is; within a second.
     */
    static KvmProbe examine(final String path)
    {
        final int kvm = Fcntl.open(path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        if (kvm < 0)
        {
            return new KvmProbe(kvm == Errno.EACCES.negative() || kvm == Errno.EPERM.negative() ?
                Verdict.FORBIDDEN : Verdict.MISSING, Errno.nameOf(kvm));
        }

        int vm = -1;
        int vcpu = -1;
        try
        {
            vm = Kvm.apiVersion(kvm) == Kvm.API_VERSION ? Kvm.createVm(kvm) : Errno.ENODEV.negative();
            if (vm < 0)
            {
                return new KvmProbe(Verdict.BROKEN, "no machine can be made: " + Errno.nameOf(vm));
            }
            Kvm.setRealModePages(vm, TSS_ADDRESS, IDENTITY_MAP_ADDRESS);
            vcpu = Kvm.createVcpu(vm, 0);
            return vcpu < 0 ? new KvmProbe(Verdict.BROKEN, "no vCPU can be made: " + Errno.nameOf(vcpu)) :
                run(vm, vcpu, Kvm.vcpuMmapSize(kvm));
        }
        finally
        {
            Unistd.close(vcpu);
            Unistd.close(vm);
            Unistd.close(kvm);
        }
    }

    private static KvmProbe run(final int vm, final int vcpu, final int runLength)
    {
        final int access = SysMman.PROT_READ | SysMman.PROT_WRITE;
        final int file = SysMman.memfdCreate("skerry-doctor", SysMman.MFD_CLOEXEC);
        Unistd.ftruncate(file, PAGE_SIZE);
        final long page = SysMman.mmap(0, PAGE_SIZE, access, SysMman.MAP_SHARED, file, 0);
        final long state = SysMman.mmap(0, runLength, access, SysMman.MAP_SHARED, vcpu, 0);
        try
        {
            if (page < 0 || state < 0)
            {
                return new KvmProbe(Verdict.BROKEN, "its memory cannot be mapped");
            }
            new UnsafeBuffer(page, PAGE_SIZE).putBytes(0, CODE);
            final int shown = Kvm.setUserMemoryRegion(vm, 0, 0, PAGE_SIZE, page);
            final int set = shown < 0 ? shown : setUp(vcpu);
            return set < 0 ? new KvmProbe(Verdict.BROKEN, "its guest cannot be set up: " + Errno.nameOf(set)) :
                time(vcpu, new UnsafeBuffer(state, runLength));
        }
        finally
        {
            SysMman.munmap(page, PAGE_SIZE);
            SysMman.munmap(state, runLength);
            Unistd.close(file);
        }
    }

    /** The best of a few rounds: others may have the CPU in one of them. */
    private static KvmProbe time(final int vcpu, final UnsafeBuffer state)
    {
        long bestNs = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS && bestNs > LONGEST_REAL_NS; i++)
        {
            final long startNs = System.nanoTime();
            final int result = Kvm.run(vcpu);
            bestNs = Math.min(bestNs, System.nanoTime() - startNs);
            final int reason = state.getInt(Run.EXIT_REASON_OFFSET);
            if (result < 0 && result != Errno.EINTR.negative() || result >= 0 && reason != Kvm.EXIT_IO)
            {
                return new KvmProbe(Verdict.BROKEN, "a guest does not run: " +
                    (result < 0 ? Errno.nameOf(result) : "exit reason " + reason));
            }
        }

        return new KvmProbe(bestNs > LONGEST_REAL_NS ? Verdict.EMULATING : Verdict.USABLE,
            2 * COUNT / 1000 + ",000 instructions in " + bestNs / 1000 + " us");
    }

    /** Flat 32-bit protected mode without paging, as a PVH guest begins. */
    private static int setUp(final int vcpu)
    {
        final UnsafeBuffer sregs = new UnsafeBuffer(ByteBuffer.allocateDirect(Kvm.SREGS_LENGTH));
        final int got = Kvm.getSregs(vcpu, sregs.addressOffset());
        if (got < 0)
        {
            return got;
        }
        segment(sregs, Sregs.CS_OFFSET, CODE_SEGMENT, 1, -1);
        for (final int offset : new int[]{
            Sregs.DS_OFFSET, Sregs.ES_OFFSET, Sregs.FS_OFFSET, Sregs.GS_OFFSET, Sregs.SS_OFFSET})
        {
            segment(sregs, offset, DATA_SEGMENT, 1, -1);
        }
        segment(sregs, Sregs.TR_OFFSET, CODE_SEGMENT, 0, TASK_SEGMENT_LIMIT);
        sregs.putLong(Sregs.CR0_OFFSET, CR0_PE_ET);
        final int set = Kvm.setSregs(vcpu, sregs.addressOffset());
        if (set < 0)
        {
            return set;
        }

        final UnsafeBuffer regs = new UnsafeBuffer(ByteBuffer.allocateDirect(Kvm.REGS_LENGTH));
        regs.putLong(Regs.RFLAGS_OFFSET, RFLAGS_FIXED);
        return Kvm.setRegs(vcpu, regs.addressOffset());
    }

    private static void segment(
        final UnsafeBuffer sregs, final int offset, final int type, final int codeOrData, final int limit)
    {
        sregs.putLong(offset + Sregs.SEGMENT_BASE_OFFSET, 0);
        sregs.putInt(offset + Sregs.SEGMENT_LIMIT_OFFSET, limit);
        sregs.putShort(offset + Sregs.SEGMENT_SELECTOR_OFFSET, (short)0);
        sregs.putByte(offset + Sregs.SEGMENT_TYPE_OFFSET, (byte)type);
        sregs.putByte(offset + Sregs.SEGMENT_PRESENT_OFFSET, (byte)1);
        sregs.putByte(offset + Sregs.SEGMENT_DPL_OFFSET, (byte)0);
        sregs.putByte(offset + Sregs.SEGMENT_DB_OFFSET, (byte)codeOrData);
        sregs.putByte(offset + Sregs.SEGMENT_S_OFFSET, (byte)codeOrData);
        sregs.putByte(offset + Sregs.SEGMENT_L_OFFSET, (byte)0);
        sregs.putByte(offset + Sregs.SEGMENT_G_OFFSET, (byte)codeOrData);
    }
}
