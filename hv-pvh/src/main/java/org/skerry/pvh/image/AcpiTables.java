package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The ACPI tables without which Linux has no second CPU, no clock events and no way to switch itself off: a machine of
 * reduced hardware that has CPUs, a reset port and the sleep state S5, and nothing else.
 * <p>Spec: ACPI 6.5, chapters 4.8.4 (sleep registers), 5.2 (tables) and 20 (AML).
 */
final class AcpiTables
{
    /** Guest physical address of the first table, the RSDP; in the hole below 1 MiB that no memory map shows. */
    static final long PADDR = 0xe0000;
    /** Bytes that the tables have at most. */
    static final int LENGTH = 4096;

    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int HEADER_LENGTH = 36;
    private static final int RSDP_LENGTH = 36;
    private static final int RSDP_V1_LENGTH = 20;
    private static final int XSDT_OFFSET = 0x40;
    private static final int FADT_OFFSET = 0x80;
    private static final int FADT_LENGTH = 268;
    private static final int DSDT_OFFSET = 0x1c0;
    private static final int MADT_OFFSET = 0x200;
    private static final int MADT_ENTRY_LENGTH = 8;
    private static final int LOCAL_APIC_PADDR = 0xfee00000;

    private static final int FADT_FLAGS = 1 | 1 << 2 | 1 << 10 | 1 << 20; // WBINVD, C1, reset port, reduced HW
    private static final int FADT_BOOT_ARCH = 4 | 8 | 32;                 // no VGA, no MSI, no RTC
    private static final int SYSTEM_IO = 1;
    private static final int RESET_PORT = 0xcf9;
    private static final int RESET_VALUE = 6;
    private static final int SLEEP_CONTROL_PORT = 0x600;
    private static final int SLEEP_STATUS_PORT = 0x601;

    /** {@code Name (_S5, Package () {5, 5, 0, 0})}. */
    private static final byte[] S5_AML = {0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 5, 0x0a, 5, 0, 0};

    private final MemorySegment tables;

    private AcpiTables(final MemorySegment tables)
    {
        this.tables = tables;
    }

    /**
     * Write the tables to their place.
     *
     * @param ram   the guest's memory.
     * @param vcpus how many CPUs there are; the ACPI id, the APIC id and Xen's vCPU number of each are the same.
     */
    static void write(final MemorySegment ram, final int vcpus)
    {
        final AcpiTables acpi = new AcpiTables(ram.asSlice(PADDR, LENGTH));
        acpi.tables.fill((byte)0);
        acpi.rsdp();
        acpi.xsdt();
        acpi.fadt();
        acpi.dsdt();
        acpi.madt(vcpus);
    }

    private void rsdp()
    {
        text(0, "RSD PTR ");
        text(9, "SKERRY");
        tables.set(JAVA_BYTE, 15, (byte)2);
        tables.set(U32, 20, RSDP_LENGTH);
        tables.set(U64, 24, PADDR + XSDT_OFFSET);
        checksum(0, RSDP_V1_LENGTH, 8);
        checksum(0, RSDP_LENGTH, 32);
    }

    private void xsdt()
    {
        tables.set(U64, XSDT_OFFSET + HEADER_LENGTH, PADDR + FADT_OFFSET);
        tables.set(U64, XSDT_OFFSET + HEADER_LENGTH + 8, PADDR + MADT_OFFSET);
        header(XSDT_OFFSET, "XSDT", HEADER_LENGTH + 16, 1);
    }

    private void fadt()
    {
        tables.set(U32, FADT_OFFSET + 40, (int)PADDR + DSDT_OFFSET);
        tables.set(U16, FADT_OFFSET + 109, (short)FADT_BOOT_ARCH);
        tables.set(U32, FADT_OFFSET + 112, FADT_FLAGS);
        portRegister(FADT_OFFSET + 116, RESET_PORT);
        tables.set(JAVA_BYTE, FADT_OFFSET + 128, (byte)RESET_VALUE);
        tables.set(U64, FADT_OFFSET + 140, PADDR + DSDT_OFFSET);
        portRegister(FADT_OFFSET + 244, SLEEP_CONTROL_PORT);
        portRegister(FADT_OFFSET + 256, SLEEP_STATUS_PORT);
        header(FADT_OFFSET, "FACP", FADT_LENGTH, 5);
    }

    private void dsdt()
    {
        MemorySegment.copy(S5_AML, 0, tables, JAVA_BYTE, DSDT_OFFSET + HEADER_LENGTH, S5_AML.length);
        header(DSDT_OFFSET, "DSDT", HEADER_LENGTH + S5_AML.length, 2);
    }

    private void madt(final int vcpus)
    {
        tables.set(U32, MADT_OFFSET + HEADER_LENGTH, LOCAL_APIC_PADDR);
        int entry = MADT_OFFSET + HEADER_LENGTH + 8;
        for (int vcpu = 0; vcpu < vcpus; vcpu++)
        {
            tables.set(JAVA_BYTE, entry + 1, (byte)MADT_ENTRY_LENGTH);
            tables.set(JAVA_BYTE, entry + 2, (byte)vcpu);
            tables.set(JAVA_BYTE, entry + 3, (byte)vcpu);
            tables.set(U32, entry + 4, 1);
            entry += MADT_ENTRY_LENGTH;
        }
        header(MADT_OFFSET, "APIC", entry - MADT_OFFSET, 4);
    }

    /** The header comes last: it has the sum of everything in the table. */
    private void header(final int offset, final String signature, final int length, final int revision)
    {
        text(offset, signature);
        tables.set(U32, offset + 4, length);
        tables.set(JAVA_BYTE, offset + 8, (byte)revision);
        text(offset + 10, "SKERRY");
        text(offset + 16, "SKERRY  ");
        tables.set(U32, offset + 24, 1);
        text(offset + 28, "SKRY");
        tables.set(U32, offset + 32, 1);
        checksum(offset, length, offset + 9);
    }

    /** A generic address structure: one byte at an I/O port. */
    private void portRegister(final int offset, final int port)
    {
        tables.set(JAVA_BYTE, offset, (byte)SYSTEM_IO);
        tables.set(JAVA_BYTE, offset + 1, (byte)8);
        tables.set(JAVA_BYTE, offset + 3, (byte)1);
        tables.set(U64, offset + 4, port);
    }

    private void text(final int offset, final String text)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, tables, JAVA_BYTE, offset, bytes.length);
    }

    private void checksum(final int offset, final int length, final int at)
    {
        int sum = 0;
        for (int i = 0; i < length; i++)
        {
            sum += tables.get(JAVA_BYTE, offset + i);
        }
        tables.set(JAVA_BYTE, at, (byte)-sum);
    }
}
