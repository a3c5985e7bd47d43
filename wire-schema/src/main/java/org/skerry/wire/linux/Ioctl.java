package org.skerry.wire.linux;

/** {@code sys/ioctl.h}: what a device can do besides. */
public final class Ioctl
{
    /** Bytes that can be read at once; answers into an {@code int}. */
    public static final long FIONREAD = 0x541B;
    /** Sets or clears O_NONBLOCK by an {@code int}. */
    public static final long FIONBIO = 0x5421;
    /** Size of a block device in bytes; answers into a {@code u64}. */
    public static final long BLKGETSIZE64 = 0x8008_1272L;
    /** Logical block size of a block device in bytes; answers into an {@code int}. */
    public static final long BLKSSZGET = 0x1268;

    private Ioctl()
    {
    }

    /**
     * @param request  the device's number for it, unsigned 32 bits.
     * @param argument a number, or the address of a struct.
     * @return what the device answers, or the negative errno; -ENOTTY when it does not know the request.
     */
    public static int ioctl(final int fd, final long request, final long argument)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_IOCTL, fd, request, argument);
    }
}
