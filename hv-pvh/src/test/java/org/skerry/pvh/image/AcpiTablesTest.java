package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Offsets and values are the specification's, not the code's. */
class AcpiTablesTest
{
    private static final long RSDP = 0xe0000;
    private final MemorySegment ram = MemorySegment.ofArray(new byte[0x100000]);

    @BeforeEach
    void write()
    {
        AcpiTables.write(ram, 4);
    }

    @Test
    void shouldPointFromTheRootToEachTable()
    {
        assertEquals("RSD PTR ", text(RSDP, 8));
        assertEquals(2, ram.get(JAVA_BYTE, RSDP + 15));
        assertEquals(36, ram.get(JAVA_INT_UNALIGNED, RSDP + 20));
        assertEquals("XSDT", text(xsdt(), 4));
        assertEquals(36 + 16, ram.get(JAVA_INT_UNALIGNED, xsdt() + 4));
        assertEquals("FACP", text(table(0), 4));
        assertEquals("APIC", text(table(1), 4));
        assertEquals("DSDT", text(dsdt(), 4));
        assertEquals(dsdt(), ram.get(JAVA_INT_UNALIGNED, table(0) + 40));
    }

    @Test
    void shouldSumUpToZero()
    {
        assertEquals(0, sum(RSDP, 20));
        assertEquals(0, sum(RSDP, 36));
        for (final long table : new long[] {xsdt(), table(0), table(1), dsdt()})
        {
            assertEquals(0, sum(table, ram.get(JAVA_INT_UNALIGNED, table + 4)), text(table, 4));
        }
    }

    @Test
    void shouldDescribeAMachineOfReducedHardwareThatCanSleepAndReset()
    {
        final long fadt = table(0);
        assertEquals(268, ram.get(JAVA_INT_UNALIGNED, fadt + 4));
        assertEquals(5, ram.get(JAVA_BYTE, fadt + 8));
        assertEquals(44, ram.get(JAVA_SHORT_UNALIGNED, fadt + 109));
        assertEquals(1 << 20 | 1 << 10 | 1 << 2 | 1, ram.get(JAVA_INT_UNALIGNED, fadt + 112));
        assertRegister(0xcf9, fadt + 116);
        assertEquals(6, ram.get(JAVA_BYTE, fadt + 128));
        assertRegister(0x600, fadt + 244);
        assertRegister(0x601, fadt + 256);
        assertArrayEquals(
            new byte[] {0x08, 0x5f, 0x53, 0x35, 0x5f, 0x12, 0x08, 0x04, 0x0a, 0x05, 0x0a, 0x05, 0x00, 0x00},
            ram.asSlice(dsdt() + 36, 14).toArray(JAVA_BYTE));
        assertEquals(50, ram.get(JAVA_INT_UNALIGNED, dsdt() + 4));
    }

    @Test
    void shouldNameEachCpu()
    {
        final long madt = table(1);
        assertEquals(44 + 4 * 8, ram.get(JAVA_INT_UNALIGNED, madt + 4));
        assertEquals(0xfee00000, ram.get(JAVA_INT_UNALIGNED, madt + 36));
        for (int vcpu = 0; vcpu < 4; vcpu++)
        {
            assertArrayEquals(
                new byte[] {0, 8, (byte)vcpu, (byte)vcpu, 1, 0, 0, 0},
                ram.asSlice(madt + 44 + 8 * vcpu, 8).toArray(JAVA_BYTE));
        }
    }

    private void assertRegister(final int port, final long register)
    {
        assertArrayEquals(new byte[] {1, 8, 0, 1}, ram.asSlice(register, 4).toArray(JAVA_BYTE));
        assertEquals(port, ram.get(JAVA_LONG_UNALIGNED, register + 4));
    }

    private long xsdt()
    {
        return ram.get(JAVA_LONG_UNALIGNED, RSDP + 24);
    }

    private long table(final int index)
    {
        return ram.get(JAVA_LONG_UNALIGNED, xsdt() + 36 + 8 * index);
    }

    private long dsdt()
    {
        return ram.get(JAVA_LONG_UNALIGNED, table(0) + 140);
    }

    private String text(final long at, final int length)
    {
        return new String(ram.asSlice(at, length).toArray(JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    private int sum(final long at, final int length)
    {
        int sum = 0;
        for (int i = 0; i < length; i++)
        {
            sum += ram.get(JAVA_BYTE, at + i);
        }
        return sum & 0xff;
    }
}
