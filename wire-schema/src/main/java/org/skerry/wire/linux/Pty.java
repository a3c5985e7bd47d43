package org.skerry.wire.linux;

/** {@code pty.h}: a terminal whose user is a program. */
public final class Pty
{
    private static final long TIOCGPTN = 0x8004_5430L;
    private static final long TIOCSPTLCK = 0x4004_5431L;
    private static final long TIOCGPTPEER = 0x5441;

    private Pty()
    {
    }

    /**
     * A new terminal's user end ({@code /dev/ptmx}), unlocked.
     *
     * @param flags {@code O_NONBLOCK} or 0.
     * @return the new number, closed on exec, or the negative errno.
     */
    public static int openMaster(final int flags)
    {
        final int fd = Fcntl.open("/dev/ptmx", Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC | flags, 0);
        if (fd < 0)
        {
            return fd;
        }
        final long unlocked = Syscall.scratch();
        Memory.putInt(unlocked, 0);
        final int result = Ioctl.ioctl(fd, TIOCSPTLCK, unlocked);
        if (result < 0)
        {
            Unistd.close(fd);
            return result;
        }
        return fd;
    }

    /**
     * The terminal's own end, without a path ({@code ioctl(TIOCGPTPEER)}). It does not become our controlling terminal.
     *
     * @return the new number, closed on exec, or the negative errno.
     */
    public static int openSlave(final int master)
    {
        return Ioctl.ioctl(master, TIOCGPTPEER, Fcntl.O_RDWR | Fcntl.O_NOCTTY | Fcntl.O_CLOEXEC);
    }

    /** @return N of the terminal's name /dev/pts/N, or the negative errno. */
    public static int number(final int master)
    {
        final long number = Syscall.scratch();
        final int result = Ioctl.ioctl(master, TIOCGPTN, number);
        return result < 0 ? result : Memory.getInt(number);
    }
}
