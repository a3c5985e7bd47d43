package org.skerry.pvh;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.skerry.wire.linux.Kvm.Cpuid;

import static org.junit.jupiter.api.Assertions.assertEquals;

class CpuidLeavesTest
{
    private static final int XEN = 0x4000_0000;

    private final UnsafeBuffer cpuid = new UnsafeBuffer(ByteBuffer.allocateDirect(8 + 32 * 40));
    private CpuidLeaves leaves;

    @BeforeEach
    void offerWhatAKvmOffers()
    {
        put(0, 0, 0x10, 1, 2, 3);
        put(1, 0, 0, 0x0502_0800, 0, 0);
        put(7, 0, 0, 0, -1, 0);
        put(7, 1, 0, 0, -1, 0);
        put(0xB, 0, 0, 0, 0, 77);
        put(XEN, 0, XEN + 1, 0x4B4D_564B, 0x564B_4D56, 0x4D);
        put(XEN + 0x100, 0, 1, 0, 0, 0);
        put(0x8000_0000, 0, 0x8000_001E, 0, 0, 0);
        put(0x8000_001E, 0, 77, 0, 0, 0);
        leaves = new CpuidLeaves(cpuid);
        leaves.addXen(5, 2_500_000);
    }

    @Test
    void shouldSayXenAndNothingOfTheHypervisorBelow()
    {
        leaves.of(0, 2);

        final byte[] signature = new byte[12];
        cpuid.getBytes(find(XEN, 0) + Cpuid.EBX_OFFSET, signature);
        assertEquals("XenVMMXenVMM", new String(signature, StandardCharsets.US_ASCII));
        assertEquals(-1, find(XEN + 0x100, 0));
        assertEquals(4 << 16 | 17, word(XEN + 1, 0, Cpuid.EAX_OFFSET));
        assertEquals(XEN, word(XEN + 2, 0, Cpuid.EBX_OFFSET), "MSR of the hypercall page");
        assertEquals(2_500_000, word(XEN + 3, 0, Cpuid.ECX_OFFSET));
        assertEquals(2_500_000, word(XEN + 3, 2, Cpuid.EAX_OFFSET));
        assertEquals(1 << 6, word(XEN + 4, 0, Cpuid.EAX_OFFSET) & 1 << 6, "the guest ends upcalls at its LAPIC");
        assertEquals(5, word(XEN + 4, 0, Cpuid.ECX_OFFSET));
        assertEquals(0x8000_001E, word(0x8000_0000, 0, Cpuid.EAX_OFFSET), "leaves above stay");
    }

    @Test
    void shouldSayWhoAVcpuIsWhoeverWasAskedBefore()
    {
        for (int vcpu = 0; vcpu < 3; vcpu++)
        {
            leaves.of(vcpu, 3);

            assertEquals(vcpu << 24 | 3 << 16 | 0x800, word(1, 0, Cpuid.EBX_OFFSET));
            assertEquals(1 << 31, word(1, 0, Cpuid.ECX_OFFSET), "there is a hypervisor");
            assertEquals(vcpu, word(0xB, 0, Cpuid.EDX_OFFSET));
            assertEquals(vcpu, word(0x8000_001E, 0, Cpuid.EAX_OFFSET));
            assertEquals(vcpu, word(XEN + 4, 0, Cpuid.EBX_OFFSET));
        }
    }

    @Test
    void shouldHideFiveLevelPaging()
    {
        leaves.of(0, 1);

        assertEquals(~(1 << 16), word(7, 0, Cpuid.ECX_OFFSET));
        assertEquals(-1, word(7, 1, Cpuid.ECX_OFFSET), "another leaf");
    }

    private void put(
        final int function, final int index, final int eax, final int ebx, final int ecx, final int edx)
    {
        final int count = cpuid.getInt(0);
        final int at = 8 + count * 40;
        cpuid.putInt(at, function);
        cpuid.putInt(at + 4, index);
        cpuid.putInt(at + 12, eax);
        cpuid.putInt(at + 16, ebx);
        cpuid.putInt(at + 20, ecx);
        cpuid.putInt(at + 24, edx);
        cpuid.putInt(0, count + 1);
    }

    private int word(final int function, final int index, final int offset)
    {
        return cpuid.getInt(find(function, index) + offset);
    }

    private int find(final int function, final int index)
    {
        for (int at = 8; at < 8 + cpuid.getInt(0) * 40; at += 40)
        {
            if (cpuid.getInt(at) == function && cpuid.getInt(at + 4) == index)
            {
                return at;
            }
        }

        return -1;
    }
}
