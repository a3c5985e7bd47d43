package org.skerry.wire.confinement;

import java.nio.file.FileSystems;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Prctl;
import org.skerry.wire.linux.Sched;
import org.skerry.wire.linux.Seccomp;
import org.skerry.wire.linux.SysResource;
import org.skerry.wire.linux.Unistd;

import static org.skerry.wire.linux.SyscallNumbers.SYS_ACCEPT4;
import static org.skerry.wire.linux.SyscallNumbers.SYS_BRK;
import static org.skerry.wire.linux.SyscallNumbers.SYS_CLOCK_GETRES;
import static org.skerry.wire.linux.SyscallNumbers.SYS_CLOCK_GETTIME;
import static org.skerry.wire.linux.SyscallNumbers.SYS_CLOCK_NANOSLEEP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_CLONE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_CLONE3;
import static org.skerry.wire.linux.SyscallNumbers.SYS_CLOSE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EPOLL_CREATE1;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EPOLL_CTL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EPOLL_PWAIT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EPOLL_WAIT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EVENTFD2;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EXIT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_EXIT_GROUP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FALLOCATE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FCHMOD;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FCNTL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FDATASYNC;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FSTAT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FSYNC;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FTRUNCATE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_FUTEX;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETCPU;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETEGID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETEUID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETGID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETPID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETPPID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETRANDOM;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETRUSAGE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETSOCKOPT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETTID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETTIMEOFDAY;
import static org.skerry.wire.linux.SyscallNumbers.SYS_GETUID;
import static org.skerry.wire.linux.SyscallNumbers.SYS_IOCTL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_LSEEK;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MADVISE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MEMBARRIER;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MEMFD_CREATE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MINCORE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MMAP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MPROTECT;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MREMAP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MSYNC;
import static org.skerry.wire.linux.SyscallNumbers.SYS_MUNMAP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_NANOSLEEP;
import static org.skerry.wire.linux.SyscallNumbers.SYS_POLL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PPOLL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PRCTL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PREAD64;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PREADV2;
import static org.skerry.wire.linux.SyscallNumbers.SYS_PWRITE64;
import static org.skerry.wire.linux.SyscallNumbers.SYS_READ;
import static org.skerry.wire.linux.SyscallNumbers.SYS_READV;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RECVFROM;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RECVMMSG;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RECVMSG;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RESTART_SYSCALL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RSEQ;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RT_SIGACTION;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RT_SIGPROCMASK;
import static org.skerry.wire.linux.SyscallNumbers.SYS_RT_SIGRETURN;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SCHED_GETAFFINITY;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SCHED_YIELD;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SENDMMSG;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SENDMSG;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SENDTO;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SET_ROBUST_LIST;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SET_TID_ADDRESS;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SHUTDOWN;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SIGALTSTACK;
import static org.skerry.wire.linux.SyscallNumbers.SYS_SYSINFO;
import static org.skerry.wire.linux.SyscallNumbers.SYS_TGKILL;
import static org.skerry.wire.linux.SyscallNumbers.SYS_TIME;
import static org.skerry.wire.linux.SyscallNumbers.SYS_TIMERFD_CREATE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_TIMERFD_SETTIME;
import static org.skerry.wire.linux.SyscallNumbers.SYS_TIMES;
import static org.skerry.wire.linux.SyscallNumbers.SYS_UNAME;
import static org.skerry.wire.linux.SyscallNumbers.SYS_WRITE;
import static org.skerry.wire.linux.SyscallNumbers.SYS_WRITEV;

/**
 * Kind of a process, by the system calls that it keeps. No kind can open a path, make a socket, start a program, trace,
 * or signal another process; what it works on are the descriptors that it was given.
 */
public enum ConfinementProfile
{
    /**
     * A guest: memory, bells, its connection, threads. Its code is a stranger's, so what it can use up of the host is
     * limited too: 4 MiB of log, and 256 MiB of memory of its own beside the heap.
     */
    GUEST,
    /** The runner of a Linux guest: also has KVM run its vCPUs, and sets its timers. Limited as {@link #GUEST}. */
    VCPU_RUNNER,
    /** The block driver domain: also reads, writes and syncs the images it was given. */
    BLK,
    /** The network driver domain: reads and writes the TAPs it was given. */
    NET,
    /** xenstore: also accepts clients on the socket it was given. */
    XENSTORE,
    /** The console daemon: also accepts clients on the socket it was given. */
    CONSOLE,
    /** The hypervisor: also makes memory files, bells and timers. */
    HYPERVISOR;

    private static final long GUEST_LOG_LENGTH = 4L << 20;
    private static final long GUEST_NATIVE_MEMORY = 256L << 20;
    private static final int PR_SET_VMA = 0x53564D41;
    private static final int PR_SET_NAME = 15;
    private static final int PR_GET_NAME = 16;
    private static final int TCGETS = 0x5401;
    private static final int FIONREAD = 0x541B;
    private static final int BLKGETSIZE64 = 0x8008_1272;
    private static final int IOC_TYPE_MASK = 0xFF00;
    private static final int KVMIO = 0xAE00;

    private static final int[] EVERY_JVM = {
        SYS_READ, SYS_WRITE, SYS_CLOSE, SYS_FSTAT, SYS_LSEEK, SYS_PREAD64, SYS_PWRITE64, SYS_READV,
        SYS_WRITEV, SYS_PREADV2,
        SYS_MMAP, SYS_MPROTECT, SYS_MUNMAP, SYS_MREMAP, SYS_MADVISE, SYS_MSYNC, SYS_MINCORE, SYS_BRK,
        SYS_RT_SIGACTION, SYS_RT_SIGPROCMASK, SYS_RT_SIGRETURN, SYS_SIGALTSTACK, SYS_RESTART_SYSCALL,
        SYS_FUTEX, SYS_SCHED_YIELD, SYS_NANOSLEEP, SYS_CLOCK_NANOSLEEP, SYS_SET_ROBUST_LIST, SYS_RSEQ,
        SYS_SET_TID_ADDRESS, SYS_MEMBARRIER, SYS_EXIT, SYS_EXIT_GROUP,
        SYS_GETPID, SYS_GETTID, SYS_GETPPID, SYS_GETUID, SYS_GETEUID, SYS_GETGID, SYS_GETEGID,
        SYS_CLOCK_GETTIME, SYS_CLOCK_GETRES, SYS_GETTIMEOFDAY, SYS_TIME, SYS_TIMES, SYS_GETRUSAGE, SYS_SYSINFO,
        SYS_UNAME, SYS_GETRANDOM, SYS_GETCPU, SYS_SCHED_GETAFFINITY,
        SYS_POLL, SYS_PPOLL, SYS_EPOLL_WAIT, SYS_EPOLL_PWAIT, SYS_EPOLL_CTL,
        SYS_SENDMSG, SYS_RECVMSG};

    /** Have ready all that {@link #apply} takes its time for; nothing is given up yet. */
    public void prepare()
    {
        touchWhatLoadsLate();
        filter();
    }

    /**
     * Give up everything else, for all threads of the process and for good. What the class library opens by path when
     * it is first used has been used before: afterwards it could not.
     *
     * @return 0, or a negative errno; then nothing or not all was given up, and the process must not go on.
     */
    public int apply()
    {
        touchWhatLoadsLate();
        final int privileges = Prctl.noNewPrivs();
        if (privileges < 0)
        {
            return privileges;
        }
        final int limited = this == GUEST || this == VCPU_RUNNER ? limitGuest() : 0;

        return limited < 0 ? limited : filter().install(Seccomp.SECCOMP_FILTER_FLAG_TSYNC);
    }

    private static void touchWhatLoadsLate()
    {
        FileSystems.getDefault();
        new CRC32().update(0);
        try
        {
            MessageDigest.getInstance("SHA-256");
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
        String.format("%s %5d %04x %5.1f", "", 0, 0, 0.0);
    }

    /** Memory of the domain and windows are shared and do not count; files other than the log it cannot write. */
    private static int limitGuest()
    {
        final int log = limit(SysResource.RLIMIT_FSIZE, GUEST_LOG_LENGTH);
        return log < 0 ? log :
            limit(SysResource.RLIMIT_DATA, Runtime.getRuntime().maxMemory() + GUEST_NATIVE_MEMORY);
    }

    private static int limit(final int resource, final long most)
    {
        final long now = SysResource.getrlimit(resource);
        return now < 0 ? (int)now : SysResource.setrlimit(resource, Math.min(now, most), Math.min(now, most));
    }

    private Seccomp.Filter filter()
    {
        final int pid = Unistd.getpid();
        final int thread = Sched.CLONE_THREAD | Sched.CLONE_VM;
        final Seccomp.Filter filter = Seccomp.allowList()
            .allow(EVERY_JVM)
            .errno(SYS_CLONE3, Errno.ENOSYS.number())
            .allowIfArgMaskedEquals(SYS_CLONE, 0, thread, thread)
            .allowIfArgEquals(SYS_TGKILL, 0, pid)
            .allowIfArgEquals(SYS_PRCTL, 0, PR_SET_VMA)
            .allowIfArgEquals(SYS_PRCTL, 0, PR_SET_NAME)
            .allowIfArgEquals(SYS_PRCTL, 0, PR_GET_NAME)
            .allowIfArgEquals(SYS_IOCTL, 1, TCGETS)
            .allowIfArgEquals(SYS_IOCTL, 1, FIONREAD)
            .allowIfArgEquals(SYS_FCNTL, 1, Fcntl.F_GETFD)
            .allowIfArgEquals(SYS_FCNTL, 1, Fcntl.F_GETFL)
            .allowIfArgEquals(SYS_FCNTL, 1, Fcntl.F_GET_SEALS);

        return switch (this)
        {
            case GUEST, NET -> filter;
            case VCPU_RUNNER -> filter
                .allow(SYS_TIMERFD_SETTIME)
                .allowIfArgMaskedEquals(SYS_IOCTL, 1, IOC_TYPE_MASK, KVMIO);
            case BLK -> filter
                .allow(SYS_FSYNC, SYS_FDATASYNC, SYS_FALLOCATE)
                .allowIfArgEquals(SYS_IOCTL, 1, BLKGETSIZE64);
            case XENSTORE -> filter.allow(
                SYS_ACCEPT4, SYS_RECVMMSG, SYS_SENDMMSG, SYS_SHUTDOWN, SYS_GETSOCKOPT);
            case CONSOLE -> filter.allow(
                SYS_ACCEPT4, SYS_RECVFROM, SYS_SENDTO, SYS_SHUTDOWN, SYS_GETSOCKOPT);
            case HYPERVISOR -> filter
                .allow(SYS_MEMFD_CREATE, SYS_FTRUNCATE, SYS_FCHMOD, SYS_FALLOCATE, SYS_EVENTFD2, SYS_SHUTDOWN,
                    SYS_EPOLL_CREATE1, SYS_TIMERFD_CREATE, SYS_TIMERFD_SETTIME)
                .allowIfArgEquals(SYS_FCNTL, 1, Fcntl.F_DUPFD_CLOEXEC)
                .allowIfArgEquals(SYS_FCNTL, 1, Fcntl.F_ADD_SEALS);
        };
    }
}
