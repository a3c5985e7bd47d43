package org.skerry.tests.hostile;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Any call of Linux, those included that nothing of the product makes. */
@SuppressWarnings("restricted")
public final class RawSyscall
{
    private static final MethodHandle SYSCALL = Linker.nativeLinker().downcallHandle(
        Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
        Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState("errno"));

    private final MemorySegment errno = Arena.ofAuto().allocate(Linker.Option.captureStateLayout());

    /** @return what the kernel answered: zero or more, or the negative errno. */
    public long call(
        final int number, final long a, final long b, final long c, final long d, final long e, final long f)
    {
        try
        {
            final long result = (long)SYSCALL.invokeExact(errno, (long)number, a, b, c, d, e, f);
            return result == -1 ? -errno.get(JAVA_INT, 0) : result;
        }
        catch (final Error | RuntimeException unexpected)
        {
            throw unexpected;
        }
        catch (final Throwable unexpected)
        {
            throw new AssertionError(unexpected);
        }
    }
}
