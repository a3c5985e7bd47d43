package org.skerry.netback;

import org.skerry.guest.EventLoop;
import org.skerry.wire.linux.Unistd;

/** The real TAP: a descriptor that came as a capability. */
final class FdTapDevice implements TapDevice
{
    private final int fd;
    private final EventLoop loop;

    /**
     * @param fd   of a TAP, IFF_TAP and IFF_NO_PI, non-blocking; ours from now on.
     * @param loop watches it.
     */
    FdTapDevice(final int fd, final EventLoop loop)
    {
        this.fd = fd;
        this.loop = loop;
    }

    @Override
    public long read(final long address, final int length)
    {
        return Unistd.read(fd, address, length);
    }

    @Override
    public long write(final long address, final int length)
    {
        return Unistd.write(fd, address, length);
    }

    @Override
    public void watch(final Runnable onReadable)
    {
        loop.onReadable(fd, onReadable);
    }

    @Override
    public void unwatch()
    {
        loop.remove(fd);
    }

    @Override
    public void close()
    {
        loop.remove(fd);
        Unistd.close(fd);
    }
}
