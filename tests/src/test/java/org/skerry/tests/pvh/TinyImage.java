package org.skerry.tests.pvh;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Kernels made of {@link GuestCode} as ELF files with a PVH entry, for whoever boots them as a user does.
 */
public final class TinyImage
{
    private static final int CONSOLE_IO = 18;
    private static final int EVENT_CHANNEL_OP = 32;
    private static final int HVM_OP = 34;
    private static final int DOMID_SELF = 0x7FF0;
    private static final int CONSOLE_FRAME = 17;
    private static final int CONSOLE_PORT = 18;
    private static final int SCHED_OP = 29;

    private static final int MEMORY_LENGTH = 0x20_0000;
    private static final int FREE = 0x15_0000;
    private static final int GRANT_TABLE = 0x1000;
    private static final int GRANT_ENTRY_LENGTH = 8;
    private static final int ELF_HEADER_LENGTH = 64;
    private static final int PROGRAM_HEADER_LENGTH = 56;
    private static final int CONTENT_OFFSET = 0x1000;

    private TinyImage()
    {
    }

    /** @return prints so many bytes of its command line and of its ramdisk, and powers off. */
    public static byte[] printing(final int cmdlineLength, final int ramdiskLength)
    {
        final GuestCode code = new GuestCode().bytes(0x48, 0x89, 0xDD);            // mov rbp, rbx: start_info
        print(code.bytes(0x48, 0x8B, 0x55, 24), cmdlineLength);                    // mov rdx, [rbp + 24]
        code.print("\n");
        print(code.bytes(0x48, 0x8B, 0x55, 16, 0x48, 0x8B, 0x12), ramdiskLength);  // the first module's address
        return elf(code.print("\n").powerOff());
    }

    /** @return sleeps for ever. */
    public static byte[] sleeping()
    {
        return elf(new GuestCode().label("sleep").bytes(0xF4).jump("sleep"));
    }

    /** @return writes "hi!" and a newline into its console's ring, rings, and sleeps for ever. */
    public static byte[] greeting()
    {
        return elf(new GuestCode()
            .store(GuestCode.DATA, DOMID_SELF).store(GuestCode.DATA + 4, CONSOLE_FRAME)
            .hypercall(HVM_OP, 1, GuestCode.DATA).expect(0)
            .loadRax(GuestCode.DATA + 8).bytes(0x48, 0xC1, 0xE0, 12)               // shl rax, 12
            .bytes(0xC7, 0x80, 0x00, 0x04, 0, 0, 'h', 'i', '!', '\n')              // out[0..3]
            .bytes(0xC7, 0x80, 0x0C, 0x0C, 0, 0, 4, 0, 0, 0)                       // out_prod
            .store(GuestCode.DATA + 4, CONSOLE_PORT).hypercall(HVM_OP, 1, GuestCode.DATA).expect(0)
            .loadRax(GuestCode.DATA + 8).storeRax(GuestCode.DATA + 16)
            .hypercall(EVENT_CHANNEL_OP, 4, GuestCode.DATA + 16).expect(0)
            .label("sleep").bytes(0xF4).jump("sleep"));
    }

    /** @return has a fault that nobody handles. */
    public static byte[] faulting()
    {
        return elf(new GuestCode().bytes(0x0F, 0x0B));                             // ud2
    }

    /** @return says why it stops. */
    public static byte[] shuttingDown(final int reason)
    {
        return elf(new GuestCode().store(GuestCode.DATA, reason).hypercall(SCHED_OP, 2, GuestCode.DATA));
    }

    /**
     * @return grants one frame of its second MiB for writing, has a word all over it and another in all that is behind
     *     its code, and sleeps for ever.
     */
    public static byte[] granting(
        final int ref, final int grantee, final int frame, final long grantedWord, final long otherWord)
    {
        final int entry = GRANT_TABLE + ref * GRANT_ENTRY_LENGTH;
        final UnsafeBuffer memory = loaded(new GuestCode()
            .store(entry + 4, frame).store(entry, 1 | grantee << 16)
            .label("sleep").bytes(0xF4).jump("sleep"));
        for (int at = FREE; at < MEMORY_LENGTH; at += Long.BYTES)
        {
            memory.putLong(at, at >>> 12 == frame ? grantedWord : otherWord);
        }

        return elf(memory);
    }

    private static void print(final GuestCode code, final int length)
    {
        code.mov(GuestCode.RDI, 0).mov(GuestCode.RSI, length).mov(GuestCode.RAX, CONSOLE_IO)
            .bytes(0xE7, org.skerry.pvh.PvhGuest.HYPERCALL_PORT);
    }

    /** One segment, from the entry up, and the note. */
    private static byte[] elf(final GuestCode code)
    {
        return elf(loaded(code));
    }

    private static UnsafeBuffer loaded(final GuestCode code)
    {
        final UnsafeBuffer memory = new UnsafeBuffer(new byte[MEMORY_LENGTH]);
        code.load(memory);
        return memory;
    }

    private static byte[] elf(final UnsafeBuffer memory)
    {
        final int contentLength = MEMORY_LENGTH - GuestCode.ENTRY;
        final ByteBuffer elf = ByteBuffer.allocate(CONTENT_OFFSET + contentLength).order(ByteOrder.LITTLE_ENDIAN);
        elf.put(0, new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1}).putShort(16, (short)2).putShort(18, (short)62);
        elf.putLong(32, ELF_HEADER_LENGTH).putShort(54, (short)PROGRAM_HEADER_LENGTH).putShort(56, (short)2);
        programHeader(elf, ELF_HEADER_LENGTH, 1, CONTENT_OFFSET, contentLength);
        programHeader(elf, ELF_HEADER_LENGTH + PROGRAM_HEADER_LENGTH, 4, 0x100, 20);
        elf.putInt(0x100, 4).putInt(0x104, 4).putInt(0x108, 18).put(0x10C, "Xen\0".getBytes(StandardCharsets.US_ASCII))
            .putInt(0x110, GuestCode.ENTRY);
        elf.put(CONTENT_OFFSET, memory.byteArray(), GuestCode.ENTRY, contentLength);

        return elf.array();
    }

    private static void programHeader(
        final ByteBuffer elf, final int at, final int type, final int offset, final int length)
    {
        elf.putInt(at, type).putInt(at + 4, 7).putLong(at + 8, offset).putLong(at + 24, GuestCode.ENTRY)
            .putLong(at + 32, length).putLong(at + 40, length);
    }
}
