package org.skerry.pvh;

import java.nio.charset.StandardCharsets;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.linux.Kvm.Cpuid;

/**
 * What the CPUID instruction tells a guest: what KVM offers on this host, without a trace of KVM's own interface, and
 * Xen's instead.
 *
 * <p>Spec: arch-x86/cpuid.h.
 */
final class CpuidLeaves
{
    /** Leaves that {@link #addXen} adds. */
    static final int MAX_ADDED = 8;

    /** Spec: XEN_CPUID_FIRST_LEAF. */
    private static final int XEN = 0x4000_0000;
    private static final int HYPERVISOR_LEAVES_END = 0x4001_0000;
    private static final int FEATURES = 1;
    private static final int STRUCTURED_FEATURES = 7;
    private static final int TOPOLOGY = 0xB;
    private static final int TOPOLOGY_V2 = 0x1F;
    private static final int AMD_TOPOLOGY = 0x8000_001E;

    private static final int APIC_ID_SHIFT = 24;
    private static final int LOGICAL_COUNT_SHIFT = 16;
    private static final int HYPERVISOR = 1 << 31;
    private static final int LA57 = 1 << 16;

    private static final int HVM_VCPU_ID_PRESENT = 1 << 3;
    private static final int HVM_DOMID_PRESENT = 1 << 4;
    /** The guest ends each upcall at its LAPIC, as it must: it comes from there. */
    private static final int HVM_UPCALL_VECTOR = 1 << 6;

    private final UnsafeBuffer cpuid;

    /**
     * @param cpuid of {@link VirtualMachine#supportedCpuid}.
     */
    CpuidLeaves(final UnsafeBuffer cpuid)
    {
        this.cpuid = cpuid;
        removeHypervisors();
    }

    /**
     * Add Xen's leaves. Once.
     *
     * @param domid  of the guest.
     * @param tscKhz frequency of its time stamp counter.
     */
    void addXen(final int domid, final int tscKhz)
    {
        final byte[] signature = "XenVMMXenVMM".getBytes(StandardCharsets.US_ASCII);
        final UnsafeBuffer words = new UnsafeBuffer(signature);
        add(XEN, 0, XEN + 5, words.getInt(0), words.getInt(4), words.getInt(8));
        add(XEN + 1, 0, XenVersionOp.VERSION, 0, 0, 0);
        add(XEN + 2, 0, 1, VirtualMachine.HYPERCALL_MSR, 0, 0);
        add(XEN + 3, 0, 0, 0, tscKhz, 0);
        add(XEN + 3, 1, 0, 0, 0, 0);
        add(XEN + 3, 2, tscKhz, 0, 0, 0);
        add(XEN + 4, 0, HVM_VCPU_ID_PRESENT | HVM_DOMID_PRESENT | HVM_UPCALL_VECTOR, 0, domid, 0);
        add(XEN + 5, 0, 0, 0, 0, 0);
    }

    /**
     * Say who a vCPU is.
     *
     * @param vcpu  its number and LAPIC id.
     * @param vcpus of the guest.
     * @return the leaves, until this is called again.
     */
    UnsafeBuffer of(final int vcpu, final int vcpus)
    {
        for (int i = 0; i < count(); i++)
        {
            final int leaf = offset(i);
            switch (cpuid.getInt(leaf + Cpuid.FUNCTION_OFFSET))
            {
                case FEATURES ->
                {
                    final int kept = cpuid.getInt(leaf + Cpuid.EBX_OFFSET) & 0xFFFF;
                    cpuid.putInt(
                        leaf + Cpuid.EBX_OFFSET, kept | vcpus << LOGICAL_COUNT_SHIFT | vcpu << APIC_ID_SHIFT);
                    cpuid.putInt(leaf + Cpuid.ECX_OFFSET, cpuid.getInt(leaf + Cpuid.ECX_OFFSET) | HYPERVISOR);
                }
                case STRUCTURED_FEATURES ->
                {
                    if (cpuid.getInt(leaf + Cpuid.INDEX_OFFSET) == 0)
                    {
                        cpuid.putInt(leaf + Cpuid.ECX_OFFSET, cpuid.getInt(leaf + Cpuid.ECX_OFFSET) & ~LA57);
                    }
                }
                case TOPOLOGY, TOPOLOGY_V2 -> cpuid.putInt(leaf + Cpuid.EDX_OFFSET, vcpu);
                case AMD_TOPOLOGY -> cpuid.putInt(leaf + Cpuid.EAX_OFFSET, vcpu);
                case XEN + 4 -> cpuid.putInt(leaf + Cpuid.EBX_OFFSET, vcpu);
                default ->
                {
                }
            }
        }

        return cpuid;
    }

    private void removeHypervisors()
    {
        int kept = 0;
        for (int i = 0; i < count(); i++)
        {
            final int function = cpuid.getInt(offset(i) + Cpuid.FUNCTION_OFFSET);
            if (function < XEN || function >= HYPERVISOR_LEAVES_END)
            {
                cpuid.putBytes(offset(kept), cpuid, offset(i), Cpuid.ENTRY_LENGTH);
                kept++;
            }
        }
        cpuid.putInt(Cpuid.NENT_OFFSET, kept);
    }

    private void add(
        final int function, final int index, final int eax, final int ebx, final int ecx, final int edx)
    {
        final int leaf = offset(count());
        cpuid.setMemory(leaf, Cpuid.ENTRY_LENGTH, (byte)0);
        cpuid.putInt(leaf + Cpuid.FUNCTION_OFFSET, function);
        cpuid.putInt(leaf + Cpuid.INDEX_OFFSET, index);
        cpuid.putInt(leaf + Cpuid.FLAGS_OFFSET, function == XEN + 3 ? Cpuid.FLAG_SIGNIFICANT_INDEX : 0);
        cpuid.putInt(leaf + Cpuid.EAX_OFFSET, eax);
        cpuid.putInt(leaf + Cpuid.EBX_OFFSET, ebx);
        cpuid.putInt(leaf + Cpuid.ECX_OFFSET, ecx);
        cpuid.putInt(leaf + Cpuid.EDX_OFFSET, edx);
        cpuid.putInt(Cpuid.NENT_OFFSET, count() + 1);
    }

    private int count()
    {
        return cpuid.getInt(Cpuid.NENT_OFFSET);
    }

    private static int offset(final int entry)
    {
        return Cpuid.ENTRIES_OFFSET + entry * Cpuid.ENTRY_LENGTH;
    }
}
