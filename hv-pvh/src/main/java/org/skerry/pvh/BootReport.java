package org.skerry.pvh;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

import org.skerry.guest.Capabilities;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Unistd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/**
 * Tells Domain-0, once, whether the guest can be entered: {@code xl create} succeeds or fails with it. Domain-0 hands
 * over one end of a stream as the capability {@code boot}. One line is written to it, empty when the guest is loaded,
 * else what is wrong; its other end is closed when the guest may run. Without the capability nobody wants to know.
 */
final class BootReport
{
    /** Name of the capability. */
    static final String CAPABILITY = "boot";

    private final Capabilities capabilities;

    BootReport(final Capabilities capabilities)
    {
        this.capabilities = capabilities;
    }

    /** The guest is loaded. Returns when it may run. */
    void loaded()
    {
        final int fd = tell("");
        if (fd >= 0)
        {
            try (Arena arena = Arena.ofConfined())
            {
                final MemorySegment buffer = arena.allocate(1);
                long length;
                do
                {
                    length = Unistd.read(fd, buffer.address(), 1);
                }
                while (length > 0 || length == Errno.EINTR.negative());
            }
            Unistd.close(fd);
        }
    }

    /**
     * The guest cannot be entered.
     *
     * @param why one line: what is wrong and what to do about it.
     * @return whether somebody heard it; Domain-0 takes the domain apart then.
     */
    boolean refused(final String why)
    {
        return tell(why) >= 0;
    }

    private int tell(final String why)
    {
        final int fd = capabilities.take(CAPABILITY);
        final byte[] line = (why.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8);
        if (fd >= 0)
        {
            try (Arena arena = Arena.ofConfined())
            {
                final MemorySegment buffer = arena.allocateFrom(JAVA_BYTE, line);
                Unistd.write(fd, buffer.address(), line.length);
            }
        }
        return fd;
    }
}
