package org.skerry.wire.linux;

/** {@code sys/random.h}: random numbers for a process that can open no file. */
public final class SysRandom
{
    private SysRandom()
    {
    }

    /**
     * Good random bytes ({@code getrandom} without flags). Waits only while a machine that just boots has none.
     *
     * @param length in bytes, up to 256 comes as a whole.
     * @return bytes written, or the negative errno. Allocates nothing.
     */
    public static long getrandom(final long address, final long length)
    {
        return Syscall.call(SyscallNumbers.SYS_GETRANDOM, address, length, 0);
    }

    /** @return a good random number; 0 when Linux refuses, which no confinement of ours makes it do. */
    public static long nextLong()
    {
        final long scratch = Syscall.scratch();
        return getrandom(scratch, Long.BYTES) == Long.BYTES ? Memory.getLong(scratch) : 0;
    }
}
