package org.skerry.tests.pvh;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.pvh.PvhGuest;

/**
 * The few instructions that the kernels of our tests are made of, and the memory around them. A kernel begins in 64-bit
 * mode, everything below 4 GiB mapped where it is; {@link #load} puts the 32-bit entry before it. Data has places of
 * its own from {@link #DATA} on.
 */
final class GuestCode
{
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSI = 6;
    static final int RDI = 7;

    /** Where the 32-bit entry is. */
    static final int ENTRY = 0x10_0000;
    /** Where 64-bit code begins. */
    static final int CODE = 0x10_1000;
    /** Where the data of the tests begins; zero, mapped writable. */
    static final int DATA = 0x11_0000;
    /** Mapped, and cannot be written by the tables. */
    static final int READ_ONLY_PAGE = 0x3F_F000;
    /** Not mapped at all. */
    static final int UNMAPPED_PAGE = 0x3F_E000;
    /** Frames of memory that a guest of ours has. */
    static final int FRAMES = 0x400;

    private static final int TRAMPOLINE = 0x6_0000;
    private static final int STACKS = 0x12_0000;
    private static final int TEXTS = 0x13_0000;
    private static final int GDT = 0x14_0000;
    private static final int IDT = 0x14_1000;
    private static final int PML4 = 0x14_2000;
    private static final int PDPT = 0x14_3000;
    private static final int PAGE_DIRECTORIES = 0x14_4000;
    private static final int PAGE_TABLE = 0x14_8000;
    private static final int LARGE_PAGE = 0x20_0000;
    private static final int CONSOLE_IO = 18;
    private static final int LAPIC = 0xFEE0_0000;
    private static final int LAPIC_SPURIOUS = LAPIC + 0xF0;
    private static final int LAPIC_EOI = LAPIC + 0xB0;
    private static final int LAPIC_ICR = LAPIC + 0x300;
    private static final int LAPIC_ICR_HIGH = LAPIC + 0x310;
    private static final int CODE_SELECTOR = 8;

    private final ByteArrayOutputStream code = new ByteArrayOutputStream();
    private final ByteArrayOutputStream texts = new ByteArrayOutputStream();
    private final Map<String, Integer> labels = new HashMap<>();
    private final List<Fixup> fixups = new ArrayList<>();
    private final Map<Integer, String> handlers = new HashMap<>();
    private int uniqueLabels;

    /** Bytes as the manual has them. */
    GuestCode bytes(final int... bytes)
    {
        for (final int value : bytes)
        {
            code.write(value);
        }

        return this;
    }

    /** {@code mov r32, imm32}, zero-extended. */
    GuestCode mov(final int register, final int value)
    {
        return bytes(0xB8 + register).imm32(value);
    }

    /** {@code mov r64, imm64}. */
    GuestCode movLong(final int register, final long value)
    {
        return bytes(0x48, 0xB8 + register).imm32((int)value).imm32((int)(value >>> 32));
    }

    /** {@code mov dword [address], imm32}. */
    GuestCode store(final int address, final int value)
    {
        return (address < 0 ? bytes(0x67) : this)               // else the address is sign-extended
            .bytes(0xC7, 0x04, 0x25).imm32(address).imm32(value);
    }

    /** Two stores. */
    GuestCode storeLong(final int address, final long value)
    {
        return store(address, (int)value).store(address + 4, (int)(value >>> 32));
    }

    /** {@code mov rax, [address]}. */
    GuestCode loadRax(final int address)
    {
        return bytes(0x48, 0x8B, 0x04, 0x25).imm32(address);
    }

    /** {@code mov [address], rax}. */
    GuestCode storeRax(final int address)
    {
        return bytes(0x48, 0x89, 0x04, 0x25).imm32(address);
    }

    /** {@code mov [address], eax}. */
    GuestCode storeEax(final int address)
    {
        return bytes(0x89, 0x04, 0x25).imm32(address);
    }

    /** {@code lock inc dword [address]}. */
    GuestCode increment(final int address)
    {
        return bytes(0xF0, 0xFF, 0x04, 0x25).imm32(address);
    }

    /** {@code inc dword [address]}, which another processor could come between. */
    GuestCode count(final int address)
    {
        return bytes(0xFF, 0x04, 0x25).imm32(address);
    }

    /** Jump while there is another number at an address. */
    GuestCode jumpUnless(final int address, final int value, final String label)
    {
        return bytes(0x81, 0x3C, 0x25).imm32(address).imm32(value).bytes(0x0F, 0x85).rel32(label);
    }

    /** A hypercall with up to three arguments that are addresses or small numbers. */
    GuestCode hypercall(final int number, final int... args)
    {
        final int[] registers = {RDI, RSI, RDX};
        for (int i = 0; i < args.length; i++)
        {
            mov(registers[i], args[i]);
        }

        return mov(RAX, number).bytes(0xE7, PvhGuest.HYPERCALL_PORT);
    }

    /** The last hypercall answered that, or the test fails. */
    GuestCode expect(final int result)
    {
        final String passed = "passed" + uniqueLabels++;
        bytes(0x48, 0x3D).imm32(result);                        // cmp rax, imm32 (sign-extended)
        return bytes(0x0F, 0x84).rel32(passed).storeRax(DATA - 8).fail(code.size()).label(passed);
    }

    /** There is that number at an address, or the test fails. */
    GuestCode expectAt(final int address, final int value)
    {
        final String passed = "passed" + uniqueLabels++;
        bytes(0x81, 0x3C, 0x25).imm32(address).imm32(value);    // cmp dword [address], imm32
        return bytes(0x0F, 0x84).rel32(passed).fail(code.size()).label(passed);
    }

    /** Go on when there is that number at an address. */
    GuestCode awaitAt(final int address, final int value)
    {
        final String again = "again" + uniqueLabels++;
        return label(again).bytes(0xF3, 0x90).jumpUnless(address, value, again);
    }

    /** Sleep with interrupts on until there is that number at an address. */
    GuestCode haltUntil(final int address, final int value)
    {
        final String again = "again" + uniqueLabels++;
        final String done = "done" + uniqueLabels++;
        label(again).bytes(0xFA, 0x81, 0x3C, 0x25).imm32(address).imm32(value).bytes(0x0F, 0x84).rel32(done);
        return bytes(0xFB, 0xF4).jump(again).label(done);       // sti; hlt
    }

    GuestCode jump(final String label)
    {
        return bytes(0xE9).rel32(label);
    }

    /** The next instruction has a name. */
    GuestCode label(final String name)
    {
        labels.put(name, code.size());
        return this;
    }

    /** Print by console_io. */
    GuestCode print(final String text)
    {
        final byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        final int address = TEXTS + texts.size();
        texts.writeBytes(ascii);

        return hypercall(CONSOLE_IO, 0, ascii.length, address);
    }

    /** Say that the test has passed, and power off. */
    GuestCode succeed()
    {
        return print("Test result: SUCCESS\n").powerOff();
    }

    /** {@code outb} to the sleep register. */
    GuestCode powerOff()
    {
        final String end = "end" + uniqueLabels++;
        return bytes(0x66, 0xBA, 0x01, 0x06, 0xB0, 0x80, 0xEE).label(end).bytes(0xF4).jump(end);
    }

    /** The LAPIC takes interrupts. */
    GuestCode enableLapic()
    {
        return store(LAPIC_SPURIOUS, 0x1FF);
    }

    /** Start the other vCPU at a label. */
    GuestCode startOther(final String label)
    {
        handlers.put(-1, label);
        store(LAPIC_ICR_HIGH, 1 << 24).store(LAPIC_ICR, 0x4500);
        return store(LAPIC_ICR_HIGH, 1 << 24).store(LAPIC_ICR, 0x4600 | TRAMPOLINE >> 12);
    }

    /** Have an interrupt handled at a label. */
    GuestCode handle(final int vector, final String label)
    {
        handlers.put(vector, label);
        return this;
    }

    /** End of an interrupt handler. */
    GuestCode endInterrupt()
    {
        return store(LAPIC_EOI, 0).bytes(0x48, 0xCF);
    }

    /** Put everything into memory. */
    void load(final UnsafeBuffer memory)
    {
        for (final Fixup fixup : fixups)
        {
            final int target = Objects.requireNonNull(labels.get(fixup.label), fixup.label);
            fixup.resolve(target);
        }
        final byte[] bytes = code.toByteArray();
        final ByteBuffer patched = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        fixups.forEach(fixup -> patched.putInt(fixup.offset, fixup.value));
        memory.putBytes(CODE, bytes);
        memory.putBytes(TEXTS, texts.toByteArray());
        putPageTables(memory);
        putDescriptors(memory);
        memory.putBytes(ENTRY, toLongMode(0, CODE));
        if (handlers.containsKey(-1))
        {
            putTrampoline(memory, CODE + labels.get(handlers.get(-1)));
        }
    }

    private GuestCode fail(final int where)
    {
        return print("Test result: FAILURE at " + where + "\n").powerOff();
    }

    private GuestCode imm32(final int value)
    {
        return bytes(value & 0xFF, value >>> 8 & 0xFF, value >>> 16 & 0xFF, value >>> 24);
    }

    /** The distance to a label, as the end of a jump. */
    GuestCode relative(final String label)
    {
        return rel32(label);
    }

    private GuestCode rel32(final String label)
    {
        fixups.add(new Fixup(code.size(), label));
        return imm32(0);
    }

    private static void putPageTables(final UnsafeBuffer memory)
    {
        memory.putLong(PML4, PDPT | 3);
        for (int gib = 0; gib < 4; gib++)
        {
            memory.putLong(PDPT + gib * 8, PAGE_DIRECTORIES + gib * 0x1000 | 3);
        }
        for (long i = 0; i < 4 * 512; i++)
        {
            memory.putLong(PAGE_DIRECTORIES + (int)i * 8, i * LARGE_PAGE | 0x83);
        }
        memory.putLong(PAGE_DIRECTORIES + 8, PAGE_TABLE | 3);           // the second 2 MiB by small pages
        for (int i = 0; i < 512; i++)
        {
            final int page = LARGE_PAGE + i * 0x1000;
            memory.putLong(PAGE_TABLE + i * 8, page == UNMAPPED_PAGE ? 0 : page | (page == READ_ONLY_PAGE ? 1 : 3));
        }
    }

    private void putDescriptors(final UnsafeBuffer memory)
    {
        memory.putLong(GDT + 8, 0x00AF_9B00_0000_FFFFL);                // 64-bit code
        memory.putLong(GDT + 16, 0x00CF_9300_0000_FFFFL);               // data
        memory.putLong(GDT + 24, 0x00CF_9B00_0000_FFFFL);               // 32-bit code
        putPointer(memory, GDT + 0x100, 31, GDT);
        putPointer(memory, IDT + 0xFF0, 0xFEF, IDT);
        handlers.forEach((vector, label) ->
        {
            if (vector >= 0)
            {
                final int address = CODE + labels.get(label);
                memory.putLong(IDT + vector * 16,
                    address & 0xFFFFL | CODE_SELECTOR << 16 | 0x8E00L << 32 | (long)(address >>> 16) << 48);
            }
        });
    }

    private static void putPointer(final UnsafeBuffer memory, final int at, final int limit, final int base)
    {
        memory.putShort(at, (short)limit);
        memory.putLong(at + 2, base);
    }

    /** Real mode; the address of its own segment is in CS. */
    private static void putTrampoline(final UnsafeBuffer memory, final int target)
    {
        final GuestCode real = new GuestCode()
            .bytes(0xFA, 0x8C, 0xC8, 0x8E, 0xD8)                        // cli; mov ax, cs; mov ds, ax
            .bytes(0x66, 0x0F, 0x01, 0x16, 0x00, 0x01)                  // lgdt [0x100]
            .bytes(0x0F, 0x20, 0xC0, 0x0C, 0x01, 0x0F, 0x22, 0xC0)      // mov eax, cr0; or al, 1; mov cr0, eax
            .bytes(0x66, 0xEA).imm32(TRAMPOLINE + 0x200).bytes(0x18, 0x00);
        memory.putBytes(TRAMPOLINE, real.code.toByteArray());
        putPointer(memory, TRAMPOLINE + 0x100, 31, GDT);
        memory.putBytes(TRAMPOLINE + 0x200, toLongMode(1, target));
    }

    /** 32-bit protected mode without paging; no descriptor table is needed before the jump. */
    private static byte[] toLongMode(final int vcpu, final int target)
    {
        final GuestCode entry = new GuestCode();
        if (vcpu == 0)
        {
            entry.bytes(0x0F, 0x01, 0x15).imm32(GDT + 0x100);           // lgdt
        }
        entry
            .bytes(0x0F, 0x20, 0xE0, 0x0C, 0x20, 0x0F, 0x22, 0xE0)      // cr4.PAE
            .bytes(0xB8).imm32(PML4).bytes(0x0F, 0x22, 0xD8)            // cr3
            .bytes(0xB9).imm32(0xC000_0080).bytes(0x0F, 0x32, 0x0D).imm32(0x100).bytes(0x0F, 0x30)  // efer.LME
            .bytes(0x0F, 0x20, 0xC0, 0x0D).imm32(0x8000_0000).bytes(0x0F, 0x22, 0xC0)               // cr0.PG
            .bytes(0xEA).imm32(0).bytes(CODE_SELECTOR, 0x00);           // far jump to what follows
        final int base = vcpu == 0 ? ENTRY : TRAMPOLINE + 0x200;
        final int far = base + entry.code.size();
        entry.bytes(0xB8).imm32(16).bytes(0x8E, 0xD8, 0x8E, 0xC0, 0x8E, 0xD0)                       // ds, es, ss
            .bytes(0xBC).imm32(STACKS + 0x1000 * (vcpu + 1))            // mov esp
            .bytes(0x0F, 0x01, 0x1C, 0x25).imm32(IDT + 0xFF0)           // lidt
            .bytes(0xB8).imm32(target).bytes(0xFF, 0xE0);               // jmp rax
        final byte[] bytes = entry.code.toByteArray();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(far - base - 6, far);

        return bytes;
    }

    private static final class Fixup
    {
        private final int offset;
        private final String label;
        private int value;

        Fixup(final int offset, final String label)
        {
            this.offset = offset;
            this.label = label;
        }

        void resolve(final int target)
        {
            value = target - (offset + 4);
        }
    }
}
