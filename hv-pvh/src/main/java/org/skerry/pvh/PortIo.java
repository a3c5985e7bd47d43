package org.skerry.pvh;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Kvm.Run;

/**
 * The devices of a machine that has none: reads find all bits set, writes are lost, but for the ways out. A vCPU has
 * one of these.
 */
final class PortIo
{
    /** Sleep control and status of the reduced ACPI: whatever is written there, the guest wants to be off. */
    static final int ACPI_SLEEP_CONTROL = 0x600;
    /** See {@link #ACPI_SLEEP_CONTROL}. */
    static final int ACPI_SLEEP_STATUS = 0x601;
    /** Reset control, and the reset register of ACPI. */
    static final int RESET_CONTROL = 0xCF9;

    private static final int RESET_CPU = 1 << 2;
    private static final int KEYBOARD_COMMAND = 0x64;
    private static final int KEYBOARD_PULSE_RESET = 0xFE;
    /** A guest that looks for a timer counts this one down; all bits set would keep it for seconds. */
    private static final int PIT_CHANNEL_2 = 0x42;
    private static final byte ALL_BITS = -1;
    private static final int LONGEST = 8;

    private final PvhGuest guest;
    private final UnsafeBuffer run;

    PortIo(final PvhGuest guest, final UnsafeBuffer run)
    {
        this.guest = guest;
        this.run = run;
    }

    /** For KVM_EXIT_IO. */
    void serve()
    {
        final int port = run.getShort(Run.IO_PORT_OFFSET) & 0xFFFF;
        final int data = (int)run.getLong(Run.IO_DATA_OFFSET_OFFSET);
        if (run.getByte(Run.IO_DIRECTION_OFFSET) == 0)
        {
            final int length = run.getByte(Run.IO_SIZE_OFFSET) * run.getInt(Run.IO_COUNT_OFFSET);
            run.setMemory(data, length, port == PIT_CHANNEL_2 ? 0 : ALL_BITS);
            return;
        }

        final int value = run.getByte(data) & 0xFF;
        if (port == ACPI_SLEEP_CONTROL || port == ACPI_SLEEP_STATUS)
        {
            guest.end(ShutdownReason.POWEROFF, null);
        }
        else if (port == RESET_CONTROL && (value & RESET_CPU) != 0 ||
            port == KEYBOARD_COMMAND && value == KEYBOARD_PULSE_RESET)
        {
            guest.end(ShutdownReason.REBOOT, null);
        }
    }

    /** For KVM_EXIT_MMIO. */
    void serveMemory()
    {
        if (run.getByte(Run.MMIO_IS_WRITE_OFFSET) == 0)
        {
            run.setMemory(
                Run.MMIO_DATA_OFFSET, Math.min(run.getInt(Run.MMIO_LENGTH_OFFSET), LONGEST), ALL_BITS);
        }
    }
}
