package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * {@code linux/seccomp.h}: giving up system calls. A filter is a BPF program that the kernel runs before each call of
 * the threads it is installed on, and of all they start; filters add up and cannot be taken off again.
 */
public final class Seccomp
{
    /** Installs on all threads of the process, or on none. */
    public static final int SECCOMP_FILTER_FLAG_TSYNC = 1;
    /** Denials are logged by the kernel's audit. */
    public static final int SECCOMP_FILTER_FLAG_LOG = 2;

    private static final int SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10;
    private static final int SECCOMP_SET_MODE_FILTER = 1;

    private Seccomp()
    {
    }

    /**
     * A filter that denies with EPERM whatever it was not told to allow.
     *
     * @return a new filter, to be filled.
     */
    public static Filter allowList()
    {
        return new Filter(Filter.RET_ERRNO | Filter.EPERM);
    }

    /**
     * A filter that allows whatever it was not told to deny, except calls of a foreign ABI.
     *
     * @return a new filter, to be filled.
     */
    public static Filter denyList()
    {
        return new Filter(Filter.RET_ALLOW);
    }

    /**
     * What is allowed. Calls are named by {@code SyscallNumbers.SYS_*}. A call of a foreign processor ABI kills the
     * process; one of x32 is denied.
     *
     * <p>Calls with a condition on an argument come first in the program, for the kernel decides those without one
     * from a bitmap (Linux 5.11) and does not run the program for them.
     */
    public static final class Filter
    {
        private static final int EPERM = 1;
        private static final int MAX_ERRNO = 4095;
        private static final int MAX_INSTRUCTIONS = 4096;
        private static final int INSTRUCTION_LENGTH = 8;
        private static final int ARGUMENT_COUNT = 6;
        private static final long INT_MASK = 0xFFFF_FFFFL;

        private static final int RET_ALLOW = 0x7FFF_0000;
        private static final int RET_ERRNO = 0x0005_0000;
        private static final int RET_KILL_PROCESS = 0x8000_0000;

        private static final int BPF_LD_W_ABS = 0x20;
        private static final int BPF_ALU_AND_K = 0x54;
        private static final int BPF_JMP_JA = 0x05;
        private static final int BPF_JMP_JEQ_K = 0x15;
        private static final int BPF_JMP_JGE_K = 0x35;
        private static final int BPF_RET_K = 0x06;

        private static final int DATA_NR_OFFSET = 0;
        private static final int DATA_ARCH_OFFSET = 4;
        private static final int DATA_ARGS_OFFSET = 16;

        private record Condition(int argument, long mask, long value)
        {
        }

        private final int defaultAction;
        private final Map<Integer, Integer> actions = new TreeMap<>();
        private final Map<Integer, List<Condition>> conditions = new TreeMap<>();

        private Filter(final int defaultAction)
        {
            this.defaultAction = defaultAction;
        }

        /**
         * Allows calls, whatever their arguments are.
         *
         * @return this.
         */
        public Filter allow(final int... numbers)
        {
            for (final int number : numbers)
            {
                actions.put(number, RET_ALLOW);
                conditions.remove(number);
            }
            return this;
        }

        /**
         * Denies a call with an errno of its own. Conditions that allow it come before.
         *
         * @param errno the positive number, 1 to 4095.
         * @return this.
         */
        public Filter errno(final int number, final int errno)
        {
            if (errno < 1 || errno > MAX_ERRNO)
            {
                throw new IllegalArgumentException("errno out of range: number=" + number + ", errno=" + errno);
            }
            actions.put(number, RET_ERRNO | errno);
            return this;
        }

        /**
         * Allows a call when an argument that the kernel takes as an {@code int} is this; its upper 32 bits mean
         * nothing and are not looked at. Several conditions for one call are alternatives; when none holds, the call
         * is denied with EPERM or its own {@link #errno}.
         *
         * @param argument 0 to 5.
         * @return this.
         */
        public Filter allowIfArgEquals(final int number, final int argument, final int value)
        {
            return allowIfArgMaskedEquals(number, argument, INT_MASK, value & INT_MASK);
        }

        /**
         * Allows a call when {@code (argument & mask) == value}, in 64 bits; see {@link #allowIfArgEquals}.
         *
         * @param argument 0 to 5. What a pointer points to cannot be looked at.
         * @return this.
         */
        public Filter allowIfArgMaskedEquals(final int number, final int argument, final long mask, final long value)
        {
            if (argument < 0 || argument >= ARGUMENT_COUNT || (value & ~mask) != 0)
            {
                throw new IllegalArgumentException("condition can never hold: number=" + number +
                    ", argument=" + argument + ", mask=" + mask + ", value=" + value);
            }
            conditions.computeIfAbsent(number, ignored -> new ArrayList<>())
                .add(new Condition(argument, mask, value));
            return this;
        }

        /**
         * Installs it; also sets no_new_privs. Uses {@code prctl} and {@code seccomp}.
         *
         * @param flags {@code SECCOMP_FILTER_FLAG_*}; without TSYNC it holds for the calling thread only.
         * @return 0 or the negative errno; with TSYNC -ESRCH when a thread has another filter than this one.
         */
        public int install(final int flags)
        {
            final int result = Prctl.noNewPrivs();
            if (result < 0)
            {
                return result;
            }
            final byte[] program = program();
            try (Arena arena = Arena.ofConfined())
            {
                final MemorySegment instructions = arena.allocate(program.length, Long.BYTES);
                MemorySegment.copy(program, 0, instructions, JAVA_BYTE, 0, program.length);
                final MemorySegment fprog = arena.allocate(2 * ADDRESS.byteSize(), Long.BYTES);
                fprog.set(JAVA_SHORT, 0, (short)(program.length / INSTRUCTION_LENGTH));
                fprog.set(ADDRESS, ADDRESS.byteSize(), instructions);
                final boolean everywhere = (flags & SECCOMP_FILTER_FLAG_TSYNC) != 0;
                return (int)Syscall.call(
                    SyscallNumbers.SYS_SECCOMP,
                    SECCOMP_SET_MODE_FILTER,
                    everywhere ? flags | SECCOMP_FILTER_FLAG_TSYNC_ESRCH : flags,
                    fprog.address());
            }
        }

        /**
         * The program in a file in memory, at its beginning, as {@code bwrap --seccomp} reads it.
         *
         * @return a new number, closed on exec, or the negative errno.
         */
        public int memfd()
        {
            final byte[] program = program();
            final int fd = SysMman.memfdCreate("seccomp", SysMman.MFD_CLOEXEC);
            if (fd < 0)
            {
                return fd;
            }
            try (Arena arena = Arena.ofConfined())
            {
                final MemorySegment copy = arena.allocate(program.length);
                MemorySegment.copy(program, 0, copy, JAVA_BYTE, 0, program.length);
                final long written = Unistd.pwrite(fd, copy.address(), program.length, 0);
                if (written < 0)
                {
                    Unistd.close(fd);
                    return (int)written;
                }
            }
            return fd;
        }

        /** @return the BPF program: 8 bytes an instruction, in the processor's order. */
        public byte[] program()
        {
            final ByteBuffer out =
                ByteBuffer.allocate(MAX_INSTRUCTIONS * INSTRUCTION_LENGTH).order(ByteOrder.nativeOrder());
            emit(out, BPF_LD_W_ABS, 0, 0, DATA_ARCH_OFFSET);
            emit(out, BPF_JMP_JEQ_K, 1, 0, SyscallNumbers.AUDIT_ARCH);
            emit(out, BPF_RET_K, 0, 0, RET_KILL_PROCESS);
            emit(out, BPF_LD_W_ABS, 0, 0, DATA_NR_OFFSET);
            emit(out, BPF_JMP_JGE_K, 0, 1, SyscallNumbers.X32_SYSCALL_BIT);
            emit(out, BPF_RET_K, 0, 0, RET_ERRNO | EPERM);

            conditions.forEach((number, alternatives) -> emitConditional(out, number, alternatives));
            actions.forEach((number, action) ->
            {
                if (!conditions.containsKey(number))
                {
                    emit(out, BPF_JMP_JEQ_K, 0, 1, number);
                    emit(out, BPF_RET_K, 0, 0, action);
                }
            });
            emit(out, BPF_RET_K, 0, 0, defaultAction);

            final byte[] program = new byte[out.position()];
            out.get(0, program);
            return program;
        }

        private void emitConditional(final ByteBuffer out, final int number, final List<Condition> alternatives)
        {
            final int jump = out.position() + INSTRUCTION_LENGTH;
            emit(out, BPF_JMP_JEQ_K, 1, 0, number);
            emit(out, BPF_JMP_JA, 0, 0, 0);
            for (final Condition condition : alternatives)
            {
                emitCondition(out, condition);
            }
            emit(out, BPF_RET_K, 0, 0, denialOf(number));

            final int skipped = (out.position() - jump) / INSTRUCTION_LENGTH - 1;
            out.putInt(jump + Integer.BYTES, skipped);      // from there the accumulator holds the number as before
        }

        private int denialOf(final int number)
        {
            final Integer action = actions.get(number);
            return action == null || action == RET_ALLOW ? RET_ERRNO | EPERM : action;
        }

        private static void emitCondition(final ByteBuffer out, final Condition condition)
        {
            final int low = DATA_ARGS_OFFSET + condition.argument * Long.BYTES;
            final boolean wide = condition.mask >>> 32 != 0;
            if (wide)
            {
                emit(out, BPF_LD_W_ABS, 0, 0, low + Integer.BYTES);
                emit(out, BPF_ALU_AND_K, 0, 0, (int)(condition.mask >>> 32));
                emit(out, BPF_JMP_JEQ_K, 0, 4, (int)(condition.value >>> 32));
            }
            emit(out, BPF_LD_W_ABS, 0, 0, low);
            emit(out, BPF_ALU_AND_K, 0, 0, (int)condition.mask);
            emit(out, BPF_JMP_JEQ_K, 0, 1, (int)condition.value);
            emit(out, BPF_RET_K, 0, 0, RET_ALLOW);
        }

        private static void emit(
            final ByteBuffer out, final int code, final int ifTrue, final int ifFalse, final int operand)
        {
            out.putShort((short)code).put((byte)ifTrue).put((byte)ifFalse).putInt(operand);
        }
    }
}
