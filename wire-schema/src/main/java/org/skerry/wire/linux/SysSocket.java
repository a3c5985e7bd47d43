package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * {@code sys/socket.h} and {@code sys/un.h}: unix sockets, and the passing of files over them.
 *
 * <p>{@code SOCK_CLOEXEC} and {@code MSG_NOSIGNAL} are always added.
 */
public final class SysSocket
{
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int AF_VSOCK = 40;

    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_RAW = 3;
    public static final int SOCK_SEQPACKET = 5;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x8_0000;

    public static final int MSG_PEEK = 0x02;
    public static final int MSG_CTRUNC = 0x08;
    public static final int MSG_TRUNC = 0x20;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_EOR = 0x80;
    public static final int MSG_WAITALL = 0x100;
    public static final int MSG_NOSIGNAL = 0x4000;
    public static final int MSG_CMSG_CLOEXEC = 0x4000_0000;

    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    public static final int SOL_SOCKET = 1;
    public static final int SO_TYPE = 3;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_PEERCRED = 17;
    public static final int SO_DOMAIN = 39;
    public static final int SO_PEERPIDFD = 77;

    /** The most files one message can carry. */
    public static final int SCM_MAX_FD = 253;

    private static final int EINVAL = 22;
    private static final int ENAMETOOLONG = 36;
    private static final int EMSGSIZE = 90;

    private static final int SCM_RIGHTS = 1;

    private static final int SUN_PATH_OFFSET = 2;
    private static final int SUN_PATH_LENGTH = 108;

    private static final int UCRED_PID_OFFSET = 0;
    private static final int UCRED_UID_OFFSET = 4;
    private static final int UCRED_GID_OFFSET = 8;
    private static final int UCRED_LENGTH = 12;

    private static final int MSG_IOV_OFFSET = 16;
    private static final int MSG_IOVLEN_OFFSET = 24;
    private static final int MSG_CONTROL_OFFSET = 32;
    private static final int MSG_CONTROLLEN_OFFSET = 40;
    private static final int MSG_FLAGS_OFFSET = 48;
    private static final int MSGHDR_LENGTH = 56;

    private static final int CMSG_LEVEL_OFFSET = 8;
    private static final int CMSG_TYPE_OFFSET = 12;
    private static final int CMSG_DATA_OFFSET = 16;

    private static final int MMSG_LENGTH_OFFSET = MSGHDR_LENGTH;
    private static final int MMSG_IOV_OFFSET = 64;

    /** Bytes of one {@link #prepareMessage message}. */
    public static final int PREPARED_LENGTH = 80;

    /** What {@link #preparedResult} is until Linux has done the call. */
    public static final int NOT_DONE = -1;

    private static final int IOV_OFFSET = 64;
    private static final int CONTROL_OFFSET = 80;
    private static final int MESSAGE_LENGTH = CONTROL_OFFSET + CMSG_DATA_OFFSET + 256 * Integer.BYTES;

    /** A {@code msghdr}, its one {@code iovec} and its control bytes; those who pass files only pay for it. */
    private static final ThreadLocal<MemorySegment> MESSAGE =
        ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(MESSAGE_LENGTH, Long.BYTES));

    private SysSocket()
    {
    }

    /**
     * Two sockets that know each other. {@code SO_PEERCRED} of both names their maker: here, who holds the other end
     * is known by whom it was given to.
     *
     * @param type {@code SOCK_*}.
     * @return the first number in the low, the second in the high 32 bits (see {@link #first}, {@link #second}), or
     *         the negative errno.
     */
    public static long socketpair(final int domain, final int type)
    {
        final long pair = Syscall.scratch();
        final long result = Syscall.call(SyscallNumbers.SYS_SOCKETPAIR, domain, type | SOCK_CLOEXEC, 0, pair);
        return result < 0 ? result : Memory.getLong(pair);
    }

    /** @return the first socket of what {@link #socketpair} answered. */
    public static int first(final long pair)
    {
        return (int)pair;
    }

    /** @return the second socket of what {@link #socketpair} answered. */
    public static int second(final long pair)
    {
        return (int)(pair >> 32);
    }

    /** @return the new socket or the negative errno. */
    public static int socket(final int domain, final int type, final int protocol)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_SOCKET, domain, type | SOCK_CLOEXEC, protocol);
    }

    /**
     * {@code bind}. The file is made with the mode 0777 less the umask; the name stays when the socket is closed.
     *
     * @param path at most 107 bytes.
     * @return 0 or the negative errno; -EADDRINUSE when the name exists, -ENAMETOOLONG.
     */
    public static int bindUnix(final int fd, final String path)
    {
        return withUnixAddress(SyscallNumbers.SYS_BIND, fd, path);
    }

    /**
     * {@code connect}.
     *
     * @param path at most 107 bytes.
     * @return 0 or the negative errno; -ENOENT when there is no such name, -ECONNREFUSED when nobody listens.
     */
    public static int connectUnix(final int fd, final String path)
    {
        return withUnixAddress(SyscallNumbers.SYS_CONNECT, fd, path);
    }

    private static int withUnixAddress(final int number, final int fd, final String path)
    {
        final byte[] name = path.getBytes(StandardCharsets.UTF_8);
        if (name.length >= SUN_PATH_LENGTH)
        {
            return -ENAMETOOLONG;
        }
        final long address = Syscall.scratch();
        Memory.clear(address, SUN_PATH_OFFSET + SUN_PATH_LENGTH);
        Memory.putShort(address, (short)AF_UNIX);
        Memory.putBytes(address + SUN_PATH_OFFSET, name);
        return (int)Syscall.call(number, fd, address, SUN_PATH_OFFSET + name.length + 1);
    }

    /** @return 0 or the negative errno. */
    public static int listen(final int fd, final int backlog)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_LISTEN, fd, backlog);
    }

    /**
     * @param flags {@link #SOCK_NONBLOCK} or 0.
     * @return the new socket or the negative errno.
     */
    public static int accept4(final int fd, final int flags)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_ACCEPT4, fd, 0, 0, flags | SOCK_CLOEXEC);
    }

    /**
     * @param how {@code SHUT_*}.
     * @return 0 or the negative errno.
     */
    public static int shutdown(final int fd, final int how)
    {
        return (int)Syscall.call(SyscallNumbers.SYS_SHUTDOWN, fd, how);
    }

    /**
     * {@code sendto} without an address. Allocates nothing.
     *
     * @param flags {@code MSG_*}; a peer cannot undo {@link #MSG_DONTWAIT} as it can O_NONBLOCK of a shared file.
     * @return bytes sent or the negative errno; -EPIPE when the peer is gone.
     */
    public static long send(final int fd, final long address, final long length, final int flags)
    {
        return Syscall.call(SyscallNumbers.SYS_SENDTO, fd, address, length, flags | MSG_NOSIGNAL);
    }

    /**
     * {@code recvfrom} without an address. Files that came with the message are closed by the kernel. Allocates
     * nothing.
     *
     * @param flags {@code MSG_*}; with {@link #MSG_TRUNC} a packet's real length is answered.
     * @return bytes received, 0 when the peer is gone, or the negative errno.
     */
    public static long recv(final int fd, final long address, final long length, final int flags)
    {
        return Syscall.call(SyscallNumbers.SYS_RECVFROM, fd, address, length, flags);
    }

    /**
     * Sends a message and files with it ({@code sendmsg}, SCM_RIGHTS). The files stay open here, too.
     *
     * @param length 1 or more: files do not travel without a byte.
     * @param fds    the files.
     * @param count  how many of them, 0 to {@link #SCM_MAX_FD}.
     * @param flags  {@code MSG_*}.
     * @return bytes sent or the negative errno; -EINVAL when there are more files than the array or a message holds.
     */
    public static long sendFds(
        final int fd, final long address, final long length, final int[] fds, final int count, final int flags)
    {
        if (count < 0 || count > fds.length || count > SCM_MAX_FD)
        {
            return -EINVAL;
        }
        final int controlLength = count == 0 ? 0 : CMSG_DATA_OFFSET + count * Integer.BYTES;
        final long message = message(address, length, controlLength);
        if (count > 0)
        {
            final long control = message + CONTROL_OFFSET;
            Memory.putLong(control, controlLength);
            Memory.putInt(control + CMSG_LEVEL_OFFSET, SOL_SOCKET);
            Memory.putInt(control + CMSG_TYPE_OFFSET, SCM_RIGHTS);
            for (int i = 0; i < count; i++)
            {
                Memory.putInt(control + CMSG_DATA_OFFSET + (long)i * Integer.BYTES, fds[i]);
            }
        }
        return Syscall.call(SyscallNumbers.SYS_SENDMSG, fd, message, flags | MSG_NOSIGNAL);
    }

    /**
     * Receives a message and the files that came with it ({@code recvmsg}). The new numbers are closed on exec.
     *
     * @param fds   filled from 0; what it holds is what is accepted, at most {@link #SCM_MAX_FD}.
     * @param out   told how many files came; 0 when the answer is negative.
     * @param flags {@code MSG_*}.
     * @return bytes received; 0 when the peer is gone; -EMSGSIZE when the packet was longer than the memory or brought
     *         more files than the array holds: all its files are closed then; or another negative errno.
     */
    public static long recvFds(
        final int fd, final long address, final long length, final int[] fds, final FdCount out, final int flags)
    {
        out.value(0);
        final int capacity = Math.min(fds.length, SCM_MAX_FD);
        final long message = message(address, length, CMSG_DATA_OFFSET + capacity * Integer.BYTES);
        final long result = Syscall.call(SyscallNumbers.SYS_RECVMSG, fd, message, flags | MSG_CMSG_CLOEXEC);
        if (result < 0)
        {
            return result;
        }

        final int count = takeFds(message, fds);
        if ((Memory.getInt(message + MSG_FLAGS_OFFSET) & (MSG_CTRUNC | MSG_TRUNC)) != 0)
        {
            for (int i = 0; i < count; i++)
            {
                Unistd.close(fds[i]);
            }
            return -EMSGSIZE;
        }
        out.value(count);
        return result;
    }

    /**
     * Prepare a {@link #sendPrepared} or {@link #receivePrepared}. Linux itself writes into the message how many bytes
     * were moved, before the process can be killed again: in memory that outlives the process that is known whatever
     * happens.
     *
     * @param message {@value #PREPARED_LENGTH} bytes, aligned to 8: an {@code mmsghdr} and its {@code iovec}.
     * @param address of the bytes.
     * @param length  of the bytes.
     */
    public static void prepareMessage(final long message, final long address, final long length)
    {
        for (int offset = 0; offset < MMSG_LENGTH_OFFSET; offset += Long.BYTES)
        {
            Memory.putLong(message + offset, 0);
        }
        Memory.putLong(message + MSG_IOV_OFFSET, message + MMSG_IOV_OFFSET);
        Memory.putLong(message + MSG_IOVLEN_OFFSET, 1);
        Memory.putInt(message + MMSG_LENGTH_OFFSET, NOT_DONE);
        Memory.putLong(message + MMSG_IOV_OFFSET, address);
        Memory.putLong(message + MMSG_IOV_OFFSET + Long.BYTES, length);
    }

    /** @return bytes that a prepared call moved, {@link #NOT_DONE} when it did not. */
    public static int preparedResult(final long message)
    {
        return Memory.getInt(message + MMSG_LENGTH_OFFSET);
    }

    /**
     * {@code sendmmsg} of one message. Allocates nothing.
     *
     * @param message {@link #prepareMessage prepared}.
     * @param flags   {@code MSG_*}.
     * @return bytes sent or the negative errno.
     */
    public static int sendPrepared(final int fd, final long message, final int flags)
    {
        final int result =
            (int)Syscall.call(SyscallNumbers.SYS_SENDMMSG, fd, message, 1, flags | MSG_NOSIGNAL);
        return result < 0 ? result : preparedResult(message);
    }

    /**
     * {@code recvmmsg} of one message. Allocates nothing.
     *
     * @param message {@link #prepareMessage prepared}.
     * @param flags   {@code MSG_*}.
     * @return bytes received, 0 when the peer is gone, or the negative errno.
     */
    public static int receivePrepared(final int fd, final long message, final int flags)
    {
        final int result =
            (int)Syscall.call(SyscallNumbers.SYS_RECVMMSG, fd, message, 1, flags, 0);
        return result < 0 ? result : preparedResult(message);
    }

    private static long message(final long address, final long length, final int controlLength)
    {
        final long message = MESSAGE.get().address();
        Memory.clear(message, MSGHDR_LENGTH);
        Memory.putLong(message + IOV_OFFSET, address);
        Memory.putLong(message + IOV_OFFSET + Long.BYTES, length);
        Memory.putLong(message + MSG_IOV_OFFSET, message + IOV_OFFSET);
        Memory.putLong(message + MSG_IOVLEN_OFFSET, 1);
        Memory.putLong(message + MSG_CONTROL_OFFSET, controlLength == 0 ? 0 : message + CONTROL_OFFSET);
        Memory.putLong(message + MSG_CONTROLLEN_OFFSET, controlLength);
        return message;
    }

    /** The control bytes are the kernel's, not the peer's; other kinds than SCM_RIGHTS were never asked for. */
    private static int takeFds(final long message, final int[] fds)
    {
        final long control = message + CONTROL_OFFSET;
        final long end = control + Memory.getLong(message + MSG_CONTROLLEN_OFFSET);
        int count = 0;
        long header = control;
        while (header + CMSG_DATA_OFFSET <= end)
        {
            final long headerLength = Memory.getLong(header);
            if (Memory.getInt(header + CMSG_LEVEL_OFFSET) == SOL_SOCKET &&
                Memory.getInt(header + CMSG_TYPE_OFFSET) == SCM_RIGHTS)
            {
                final int carried = (int)(headerLength - CMSG_DATA_OFFSET) / Integer.BYTES;
                for (int i = 0; i < carried; i++)
                {
                    fds[count++] = Memory.getInt(header + CMSG_DATA_OFFSET + (long)i * Integer.BYTES);
                }
            }
            header += Math.max(CMSG_DATA_OFFSET, headerLength + Long.BYTES - 1 & -Long.BYTES);
        }
        return count;
    }

    /**
     * {@code getsockopt(SO_PEERCRED)}.
     *
     * @return the process that connected or listened (for a pair: that made it), or the negative errno.
     */
    public static int peerPid(final int fd)
    {
        return peerCredential(fd, UCRED_PID_OFFSET);
    }

    /**
     * {@code getsockopt(SO_PEERCRED)}.
     *
     * @return the peer's effective user id when it connected, or the negative errno.
     */
    public static int peerUid(final int fd)
    {
        return peerCredential(fd, UCRED_UID_OFFSET);
    }

    /**
     * {@code getsockopt(SO_PEERCRED)}.
     *
     * @return the peer's effective group id when it connected, or the negative errno.
     */
    public static int peerGid(final int fd)
    {
        return peerCredential(fd, UCRED_GID_OFFSET);
    }

    private static int peerCredential(final int fd, final int offset)
    {
        final long ucred = Syscall.scratch();
        final long length = ucred + 16;
        Memory.putInt(length, UCRED_LENGTH);
        final int result =
            (int)Syscall.call(SyscallNumbers.SYS_GETSOCKOPT, fd, SOL_SOCKET, SO_PEERCRED, ucred, length);
        return result < 0 ? result : Memory.getInt(ucred + offset);
    }

    /**
     * An option that is an int.
     *
     * @return its value, or the negative errno. {@link #SO_PEERPIDFD} answers a new number (Linux 6.5).
     */
    public static int getsockopt(final int fd, final int level, final int option)
    {
        final long value = Syscall.scratch();
        final long length = value + 8;
        Memory.putInt(length, Integer.BYTES);
        final int result = (int)Syscall.call(SyscallNumbers.SYS_GETSOCKOPT, fd, level, option, value, length);
        return result < 0 ? result : Memory.getInt(value);
    }

    /**
     * An option that is an int.
     *
     * @return 0 or the negative errno.
     */
    public static int setsockopt(final int fd, final int level, final int option, final int value)
    {
        final long address = Syscall.scratch();
        Memory.putInt(address, value);
        return (int)Syscall.call(SyscallNumbers.SYS_SETSOCKOPT, fd, level, option, address, Integer.BYTES);
    }
}
