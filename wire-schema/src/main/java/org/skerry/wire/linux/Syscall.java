package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The one door to the kernel: {@code syscall(2)} with errno captured in memory of the calling thread.
 *
 * <p>A call allocates nothing once the thread has made its first one.
 */
@SuppressWarnings("restricted")
final class Syscall
{
    /** Bytes of {@link #scratch()}. */
    static final int SCRATCH_LENGTH = 256;

    private static final int ERRNO_OFFSET = 0;
    private static final int SCRATCH_OFFSET = 16;
    private static final MethodHandle SYSCALL = link();
    private static final ThreadLocal<MemorySegment> STATE =
        ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SCRATCH_OFFSET + SCRATCH_LENGTH, Long.BYTES));

    private Syscall()
    {
    }

    private static MethodHandle link()
    {
        final String arch = System.getProperty("os.arch");
        if (!"amd64".equals(arch))
        {
            throw new IllegalStateException("system call numbers are known for x86_64 only: os.arch=" + arch);
        }

        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
            linker.defaultLookup().findOrThrow("syscall"),
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.firstVariadicArg(1),
            Linker.Option.captureCallState("errno"));
    }

    /**
     * Memory of the calling thread for a short struct that lives for one call only: {@value #SCRATCH_LENGTH} bytes,
     * aligned to 8, with whatever the last user left in it. {@link #call} itself does not touch it.
     *
     * @return its address.
     */
    static long scratch()
    {
        return STATE.get().address() + SCRATCH_OFFSET;
    }

    static long call(final int number)
    {
        return call(number, 0, 0, 0, 0, 0, 0);
    }

    static long call(final int number, final long a)
    {
        return call(number, a, 0, 0, 0, 0, 0);
    }

    static long call(final int number, final long a, final long b)
    {
        return call(number, a, b, 0, 0, 0, 0);
    }

    static long call(final int number, final long a, final long b, final long c)
    {
        return call(number, a, b, c, 0, 0, 0);
    }

    static long call(final int number, final long a, final long b, final long c, final long d)
    {
        return call(number, a, b, c, d, 0, 0);
    }

    static long call(final int number, final long a, final long b, final long c, final long d, final long e)
    {
        return call(number, a, b, c, d, e, 0);
    }

    /**
     * @return what the kernel answered: zero or more, or the negative errno.
     */
    static long call(
        final int number, final long a, final long b, final long c, final long d, final long e, final long f)
    {
        final MemorySegment state = STATE.get();
        final long result;
        try
        {
            result = (long)SYSCALL.invokeExact(state, (long)number, a, b, c, d, e, f);
        }
        catch (final Throwable unexpected)
        {
            throw new AssertionError("syscall(2) cannot throw", unexpected);
        }
        return result != -1 ? result : -state.get(JAVA_INT, ERRNO_OFFSET);
    }
}
