package org.skerry.kernel.event;

import org.skerry.wire.Errno;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.Unistd;

/**
 * For a domain with a shared info page the kernel hears the bells of its ports, all in an epoll set of their own, and
 * rings one bell for an upcall. Bells are not drained: each ringing is an edge.
 */
final class Upcalls
{
    final SharedInfo info;
    final int epoll = SysEpoll.create();
    final int bell = Eventfd.create();

    Upcalls(final SharedInfo info)
    {
        this.info = info;
    }

    /** @return 0, or -EMFILE and nothing is open. */
    int check()
    {
        if (epoll >= 0 && bell >= 0)
        {
            return 0;
        }
        close();

        return Errno.EMFILE.negative();
    }

    void add(final Port port)
    {
        SysEpoll.add(epoll, port.bell, SysEpoll.EPOLLIN | SysEpoll.EPOLLET, port.number);
    }

    /** A bell is open in other processes, too: it would stay in the set. */
    void remove(final Port port)
    {
        SysEpoll.del(epoll, port.bell);
        info.clearPending(port.number);
    }

    void tell(final boolean isToBeTold)
    {
        if (isToBeTold)
        {
            Eventfd.signal(bell);
        }
    }

    void close()
    {
        Unistd.close(epoll);
        Unistd.close(bell);
    }
}
