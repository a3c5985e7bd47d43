package org.skerry.wire.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code termios.h}: the terminal's settings, as the kernel's {@code struct termios} in {@value #TERMIOS_LENGTH} bytes.
 * On what is no terminal every call answers -ENOTTY.
 */
public final class Termios
{
    /** Bytes of the kernel's {@code struct termios}. */
    public static final int TERMIOS_LENGTH = 36;

    /** {@link #tcsetattr}: at once. */
    public static final int TCSANOW = 0;
    /** {@link #tcsetattr}: when all output is out. */
    public static final int TCSADRAIN = 1;
    /** {@link #tcsetattr}: when all output is out; input that was not read is thrown away. */
    public static final int TCSAFLUSH = 2;

    private static final int TCGETS = 0x5401;
    private static final int TCSETS = 0x5402;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int TIOCSWINSZ = 0x5414;

    private static final int IFLAG_OFFSET = 0;
    private static final int OFLAG_OFFSET = 4;
    private static final int CFLAG_OFFSET = 8;
    private static final int LFLAG_OFFSET = 12;
    private static final int VTIME_OFFSET = 17 + 5;
    private static final int VMIN_OFFSET = 17 + 6;

    /** IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON. */
    private static final int RAW_IFLAG_CLEAR = 0x05EB;
    /** OPOST. */
    private static final int RAW_OFLAG_CLEAR = 0x0001;
    /** ECHO, ECHONL, ICANON, ISIG, IEXTEN. */
    private static final int RAW_LFLAG_CLEAR = 0x804B;
    /** CSIZE, PARENB. */
    private static final int RAW_CFLAG_CLEAR = 0x0130;
    /** CS8. */
    private static final int RAW_CFLAG_SET = 0x0030;

    private static final int EINVAL = 22;

    private Termios()
    {
    }

    /**
     * {@code ioctl(TCGETS)}.
     *
     * @param termios filled; {@value #TERMIOS_LENGTH} bytes.
     * @return 0 or the negative errno.
     */
    public static int tcgetattr(final int fd, final byte[] termios)
    {
        if (termios.length != TERMIOS_LENGTH)
        {
            return -EINVAL;
        }
        final long address = Syscall.scratch();
        final int result = Ioctl.ioctl(fd, TCGETS, address);
        for (int i = 0; result == 0 && i < TERMIOS_LENGTH; i++)
        {
            termios[i] = Memory.getByte(address + i);
        }
        return result;
    }

    /**
     * {@code ioctl(TCSETS)} and its sisters.
     *
     * @param when {@code TCSA*}.
     * @return 0 or the negative errno.
     */
    public static int tcsetattr(final int fd, final int when, final byte[] termios)
    {
        if (termios.length != TERMIOS_LENGTH || when < TCSANOW || when > TCSAFLUSH)
        {
            return -EINVAL;
        }
        final long address = Syscall.scratch();
        Memory.putBytes(address, termios);
        return Ioctl.ioctl(fd, TCSETS + when, address);
    }

    /** Changes settings so that every byte goes through as it is, at once, in both directions, and nothing echoes. */
    public static void cfmakeraw(final byte[] termios)
    {
        final ByteBuffer settings = ByteBuffer.wrap(termios).order(ByteOrder.nativeOrder());
        settings.putInt(IFLAG_OFFSET, settings.getInt(IFLAG_OFFSET) & ~RAW_IFLAG_CLEAR);
        settings.putInt(OFLAG_OFFSET, settings.getInt(OFLAG_OFFSET) & ~RAW_OFLAG_CLEAR);
        settings.putInt(LFLAG_OFFSET, settings.getInt(LFLAG_OFFSET) & ~RAW_LFLAG_CLEAR);
        settings.putInt(CFLAG_OFFSET, settings.getInt(CFLAG_OFFSET) & ~RAW_CFLAG_CLEAR | RAW_CFLAG_SET);
        settings.put(VMIN_OFFSET, (byte)1);
        settings.put(VTIME_OFFSET, (byte)0);
    }

    /**
     * Raw mode on.
     *
     * @param saved filled with the settings until now, for {@link #restore}; {@value #TERMIOS_LENGTH} bytes.
     * @return 0 or the negative errno.
     */
    public static int makeRaw(final int fd, final byte[] saved)
    {
        final int result = tcgetattr(fd, saved);
        if (result < 0)
        {
            return result;
        }
        final byte[] raw = saved.clone();
        cfmakeraw(raw);
        return tcsetattr(fd, TCSAFLUSH, raw);
    }

    /**
     * Raw mode off: the settings that were, once all output is out.
     *
     * @param saved as {@link #makeRaw} filled it.
     * @return 0 or the negative errno.
     */
    public static int restore(final int fd, final byte[] saved)
    {
        return tcsetattr(fd, TCSADRAIN, saved);
    }

    /**
     * {@code ioctl(TIOCGWINSZ)}.
     *
     * @return rows in the high, columns in the low 32 bits, both 0 when unknown; or the negative errno.
     */
    public static long windowSize(final int fd)
    {
        final long winsize = Syscall.scratch();
        final int result = Ioctl.ioctl(fd, TIOCGWINSZ, winsize);
        if (result < 0)
        {
            return result;
        }
        final long rows = Memory.getShort(winsize) & 0xFFFF;
        final long columns = Memory.getShort(winsize + Short.BYTES) & 0xFFFF;
        return rows << Integer.SIZE | columns;
    }

    /**
     * {@code ioctl(TIOCSWINSZ)}. The terminal's foreground process group gets SIGWINCH.
     *
     * @return 0 or the negative errno.
     */
    public static int setWindowSize(final int fd, final int rows, final int columns)
    {
        final long winsize = Syscall.scratch();
        Memory.putLong(winsize, 0);
        Memory.putShort(winsize, (short)rows);
        Memory.putShort(winsize + Short.BYTES, (short)columns);
        return Ioctl.ioctl(fd, TIOCSWINSZ, winsize);
    }
}
