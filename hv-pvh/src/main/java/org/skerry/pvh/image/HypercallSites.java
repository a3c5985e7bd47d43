package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a kernel calls the hypervisor. A host whose KVM does not hand Xen's hypercalls to us answers vmcall and vmmcall
 * itself, wrongly; there each of the two instructions becomes an out to a port of ours, in the guest's memory only.
 * <p>
 * Linux has exactly two such routines, of 16 or 32 bytes, one for each instruction: it stands at the beginning, or
 * behind an endbr64, and a jmp or ret follows. The same bytes occur elsewhere (Debian's 6.12 has them once in a row of
 * alternatives), but side by side only there: anything but exactly one pair is refused, since a kernel whose hypercalls
 * are not rewritten hangs without a word. A kernel that has neither instruction anywhere uses the hypercall page, or
 * none, and stays as it is.
 */
final class HypercallSites
{
    private static final int OPCODE_LENGTH = 3;
    private static final int VMCALL = 0xc1;
    private static final int VMMCALL = 0xd9;
    private static final int JMP_REL32 = 0xe9;
    private static final int RET = 0xc3;
    private static final int OUT_IMM8_EAX = 0xe7;
    private static final int NOP = 0x90;
    private static final int ROUTINE_ALIGNMENT = 16;
    private static final int CHUNK_LENGTH = 1 << 16;
    private static final byte[] ENDBR64 = {(byte)0xf3, 0x0f, 0x1e, (byte)0xfa};

    private HypercallSites()
    {
    }

    /**
     * Rewrite the pair, if there is any hypercall instruction.
     *
     * @param ram      the guest's memory, the kernel in it.
     * @param segments what of it is the kernel.
     * @param port     that the out goes to, 0 to 255.
     * @return how many instructions were rewritten: 2 or 0.
     */
    static int rewrite(final MemorySegment ram, final List<ElfFile.Segment> segments, final int port)
        throws ImageException
    {
        final List<Long> vmcalls = new ArrayList<>();
        final List<Long> vmmcalls = new ArrayList<>();
        for (final ElfFile.Segment segment : segments)
        {
            if (segment.executable())
            {
                find(ram, segment.paddr(), segment.paddr() + segment.content().byteSize(), vmcalls, vmmcalls);
            }
        }
        if (vmcalls.isEmpty() && vmmcalls.isEmpty() && isWithoutHypercalls(ram, segments))
        {
            return 0;
        }
        final List<Long> pairs = pairs(vmcalls, vmmcalls);
        if (pairs.size() != 2)
        {
            throw new ImageException(
                "the kernel's hypercalls cannot be told for sure: vmcall at " + hex(vmcalls) + ", vmmcall at " +
                hex(vmmcalls) +
                ", not exactly one of each side by side; name a kernel built with CONFIG_XEN_PVHVM=y, " +
                "or use a host whose KVM has CONFIG_KVM_XEN=y, which needs no rewriting");
        }
        for (final long site : pairs)
        {
            write(ram, site, port);
        }
        return pairs.size();
    }

    /** @return the two sites of each pair. */
    private static List<Long> pairs(final List<Long> vmcalls, final List<Long> vmmcalls)
    {
        final List<Long> sites = new ArrayList<>();
        for (final long vmcall : vmcalls)
        {
            for (final long vmmcall : vmmcalls)
            {
                final long distance = Math.abs(vmcall - vmmcall);
                if (distance == ROUTINE_ALIGNMENT || distance == 2 * ROUTINE_ALIGNMENT)
                {
                    sites.add(vmcall);
                    sites.add(vmmcall);
                }
            }
        }
        return sites;
    }

    private static void find(
        final MemorySegment ram, final long from, final long to, final List<Long> vmcalls, final List<Long> vmmcalls)
    {
        final byte[] code = new byte[CHUNK_LENGTH + 2 * ROUTINE_ALIGNMENT];
        for (long at = from + ROUTINE_ALIGNMENT - 1 & -ROUTINE_ALIGNMENT; at < to; at += CHUNK_LENGTH)
        {
            final int length = (int)Math.min(code.length, to - at);
            MemorySegment.copy(ram, JAVA_BYTE, at, code, 0, length);
            Arrays.fill(code, length, code.length, (byte)0);
            for (int routine = 0; routine < Math.min(length, CHUNK_LENGTH); routine += ROUTINE_ALIGNMENT)
            {
                final int site = isEndbr64(code, routine) ? routine + ENDBR64.length : routine;
                if (code[site] == 0x0f && code[site + 1] == 0x01 && isReturning(code[site + OPCODE_LENGTH]))
                {
                    switch (code[site + 2] & 0xff)
                    {
                        case VMCALL -> vmcalls.add(at + site);
                        case VMMCALL -> vmmcalls.add(at + site);
                        default ->
                        {
                        }
                    }
                }
            }
        }
    }

    private static boolean isReturning(final byte opcode)
    {
        return opcode == (byte)JMP_REL32 || opcode == (byte)RET;
    }

    private static boolean isWithoutHypercalls(final MemorySegment ram, final List<ElfFile.Segment> segments)
    {
        for (final ElfFile.Segment segment : segments)
        {
            final long last = segment.paddr() + segment.content().byteSize() - OPCODE_LENGTH;
            for (long at = segment.paddr(); segment.executable() && at <= last; at++)
            {
                if (isHypercall(ram, at))
                {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isEndbr64(final byte[] code, final int at)
    {
        return code[at] == ENDBR64[0] && code[at + 1] == ENDBR64[1] && code[at + 2] == ENDBR64[2] &&
            code[at + 3] == ENDBR64[3];
    }

    private static boolean isHypercall(final MemorySegment ram, final long at)
    {
        if (u8(ram, at) != 0x0f || u8(ram, at + 1) != 0x01)
        {
            return false;
        }
        final int third = u8(ram, at + 2);
        return third == VMCALL || third == VMMCALL;
    }

    private static void write(final MemorySegment ram, final long site, final int port)
    {
        ram.set(JAVA_BYTE, site, (byte)OUT_IMM8_EAX);
        ram.set(JAVA_BYTE, site + 1, (byte)port);
        ram.set(JAVA_BYTE, site + 2, (byte)NOP);
    }

    private static int u8(final MemorySegment ram, final long at)
    {
        return ram.get(JAVA_BYTE, at) & 0xff;
    }

    private static String hex(final List<Long> sites)
    {
        if (sites.isEmpty())
        {
            return "no place";
        }
        final StringBuilder text = new StringBuilder();
        for (final long site : sites.subList(0, Math.min(4, sites.size())))
        {
            text.append(text.isEmpty() ? "0x" : ", 0x").append(Long.toHexString(site));
        }
        return sites.size() > 4 ? text + " and " + (sites.size() - 4) + " more" : text.toString();
    }
}
