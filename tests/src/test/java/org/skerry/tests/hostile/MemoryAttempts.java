package org.skerry.tests.hostile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

import org.skerry.guest.Domain;
import org.skerry.guest.grant.GrantException;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SyscallNumbers;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * What a driver domain's process tries, to see memory of a guest that was not granted to it. It writes
 * {@code stage name=result} for each attempt; a test judges.
 */
@SuppressWarnings("restricted")
final class MemoryAttempts
{
    private static final int AT_FDCWD = -100;
    private static final int FD_COUNT = 32;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int PTRACE_ATTACH = 16;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int KVM_GET_API_VERSION = 0xAE00;
    private static final int KVM_CREATE_VM = 0xAE01;
    private static final int PAGE = Hypercalls.PAGE_SIZE;

    private final Arena arena = Arena.ofAuto();
    private final RawSyscall syscall = new RawSyscall();
    private final MemorySegment scratch = arena.allocate(PAGE, Long.BYTES);
    private final Domain domain;
    private final Domid victim;
    private final int pid;
    private int window;
    private long length;
    private long shown;

    /**
     * @param domain that tries.
     * @param victim whose memory it wants.
     * @param pid    process of the victim.
     */
    MemoryAttempts(final Domain domain, final Domid victim, final int pid)
    {
        this.domain = domain;
        this.victim = victim;
        this.pid = pid;
    }

    /** The window through which pages are granted; there must be one. @return its length, bytes. */
    long takeTheWindow()
    {
        length = openWindow(false) * PAGE;
        window = domain.connection().replyFd(0);
        shown = call(SyscallNumbers.SYS_MMAP, 0, length, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, window);
        return length;
    }

    long openWindow(final boolean isReadOnly)
    {
        return domain.connection().call(new OpenWindowEncoder()
            .wrapAndApplyHeader(domain.connection().out(), 0, domain.connection().headerOut())
            .granter(victim.value()).readOnly((short)(isReadOnly ? 1 : 0)).encodedLength());
    }

    /** All of it, first without having Linux make pages where there are none, then as it is mapped. */
    void lookAtTheWindow()
    {
        final long data = call(SyscallNumbers.SYS_LSEEK, window, 0, SEEK_DATA, 0, 0);
        final long hole = call(SyscallNumbers.SYS_LSEEK, window, data, SEEK_HOLE, 0, 0);
        say("window", "data", data);
        say("window", "hole", hole);
        attempt("more data", SyscallNumbers.SYS_LSEEK, window, hole, SEEK_DATA, 0, 0);

        long readPages = 0;
        long mappedPages = 0;
        for (long at = 0; at < length; at += PAGE)
        {
            scratch.fill((byte)0);
            readPages += call(SyscallNumbers.SYS_PREAD64, window, scratch.address(), PAGE, at, 0) == PAGE &&
                !isZero(scratch) ? 1 : 0;
        }
        for (long at = 0; at < length; at += PAGE)
        {
            mappedPages += isZero(SysMman.segment(shown + at, PAGE)) ? 0 : 1;
        }
        say("window", "pages read", readPages);
        say("window", "pages mapped", mappedPages);
        say("window", "bytes behind its end", call(
            SyscallNumbers.SYS_PREAD64, window, scratch.address(), PAGE, length, 0));
    }

    static boolean isZero(final MemorySegment page)
    {
        for (int i = 0; i < PAGE; i += Long.BYTES)
        {
            if (page.get(JAVA_LONG, i) != 0)
            {
                return false;
            }
        }

        return true;
    }

    /**
     * Every page that the window's file has, without having Linux make any.
     *
     * @param wanted a word of the guest's that nobody granted.
     * @param known  a word that was granted.
     */
    void readWhatTheWindowHas(final long wanted, final long known)
    {
        long wantedPages = 0;
        long knownPages = 0;
        long start = call(SyscallNumbers.SYS_LSEEK, window, 0, SEEK_DATA, 0, 0);
        while (start >= 0)
        {
            final long end = call(SyscallNumbers.SYS_LSEEK, window, start, SEEK_HOLE, 0, 0);
            say("window", Long.toString(start / PAGE), end / PAGE);
            for (long at = start; at < end; at += PAGE)
            {
                call(SyscallNumbers.SYS_PREAD64, window, scratch.address(), PAGE, at, 0);
                wantedPages += has(scratch, wanted) ? 1 : 0;
                knownPages += has(scratch, known) ? 1 : 0;
            }
            start = call(SyscallNumbers.SYS_LSEEK, window, end, SEEK_DATA, 0, 0);
        }
        say("found", "what was not granted", wantedPages);
        say("found", "what was granted", knownPages);
    }

    static boolean has(final MemorySegment page, final long word)
    {
        for (int i = 0; i < PAGE; i += Long.BYTES)
        {
            if (page.get(JAVA_LONG, i) == word)
            {
                return true;
            }
        }

        return false;
    }

    /** @return 0, or why a grant cannot be mapped; the mapping is ended. */
    long grantStatus(final int ref)
    {
        try
        {
            domain.foreignGrants().map(victim, new GrantRef(ref), true).close();
            return 0;
        }
        catch (final GrantException e)
        {
            return e.status();
        }
    }

    /** Memory that cannot be read is an end, so Linux is asked to look at it for us: poll(2) of what stands there. */
    void makeTheWindowLonger()
    {
        final int shared = SysMman.MAP_SHARED | SysMman.MAP_NORESERVE;
        final long longer = call(
            SyscallNumbers.SYS_MMAP, 0, 2 * length, SysMman.PROT_READ, shared, window);
        attempt("read a longer mapping", SyscallNumbers.SYS_POLL, longer + length, 1, 0, 0, 0);
        final long behind = syscall.call(
            SyscallNumbers.SYS_MMAP, 0, length, SysMman.PROT_READ, shared, window, length);
        attempt("read a mapping behind the end", SyscallNumbers.SYS_POLL, behind, 1, 0, 0, 0);
        final long moved = call(SyscallNumbers.SYS_MREMAP, longer, 2 * length, 4 * length, 1, 0);
        attempt("read a mapping that grew", SyscallNumbers.SYS_POLL, moved + 3 * length, 1, 0, 0, 0);
        say("window", "what is mapped can be polled", call(SyscallNumbers.SYS_POLL, shown, 1, 0, 0, 0));
        attempt("ftruncate", SyscallNumbers.SYS_FTRUNCATE, window, 2 * length, 0, 0, 0);
        attempt("fallocate", SyscallNumbers.SYS_FALLOCATE, window, 0, length, PAGE, 0);
        attempt("write behind the end",
            SyscallNumbers.SYS_PWRITE64, window, scratch.fill((byte)1).address(), PAGE, length, 0);
        attempt("seal", SyscallNumbers.SYS_FCNTL, window, Fcntl.F_ADD_SEALS, 8, 0, 0);
        for (int fd = 0; fd < FD_COUNT; fd++)
        {
            attempt("open again " + fd,
                SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/proc/self/fd/" + fd), Fcntl.O_RDWR, 0, 0);
        }
    }

    void reachTheProcess()
    {
        for (final String name : new String[]{"mem", "maps", "smaps", "pagemap", "root", "cwd", "exe", "environ", "fd"})
        {
            attempt("open " + name, SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/proc/" + pid + "/" + name), 0, 0, 0);
        }
        for (int fd = 0; fd < FD_COUNT; fd++)
        {
            attempt("open descriptor " + fd,
                SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/proc/" + pid + "/fd/" + fd), 0, 0, 0);
            attempt("take descriptor " + fd, SyscallNumbers.SYS_PIDFD_GETFD, window, fd, 0, 0, 0);
        }
        attempt("open physical memory", SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/dev/mem"), 0, 0, 0);
        attempt("open kvm", SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/dev/kvm"), Fcntl.O_RDWR, 0, 0);
        for (int fd = 0; fd < FD_COUNT; fd++)
        {
            attempt("ask kvm by " + fd, SyscallNumbers.SYS_IOCTL, fd, KVM_GET_API_VERSION, 0, 0, 0);
            attempt("make a machine by " + fd, SyscallNumbers.SYS_IOCTL, fd, KVM_CREATE_VM, 0, 0, 0);
        }
        attempt("attach", SyscallNumbers.SYS_PTRACE, PTRACE_ATTACH, pid, 0, 0, 0);
        attempt("seize", SyscallNumbers.SYS_PTRACE, PTRACE_SEIZE, pid, 0, 0, 0);
        attempt("process_vm_readv", SyscallNumbers.SYS_PROCESS_VM_READV, pid, iovec(), 1, iovec(), 1);
        attempt("process_vm_writev", SyscallNumbers.SYS_PROCESS_VM_WRITEV, pid, iovec(), 1, iovec(), 1);
        attempt("process_madvise", SyscallNumbers.SYS_PROCESS_MADVISE, window, iovec(), 1, 21, 0);
        attempt("pidfd_open", SyscallNumbers.SYS_PIDFD_OPEN, pid, 0, 0, 0, 0);
        attempt("kcmp", SyscallNumbers.SYS_KCMP, pid, pid, 1, 0, 0);
    }

    private long iovec()
    {
        final MemorySegment iovec = arena.allocate(16, 8);
        iovec.set(JAVA_LONG, 0, scratch.address());
        iovec.set(JAVA_LONG, 8, 8);

        return iovec.address();
    }

    private long text(final String text)
    {
        return arena.allocateFrom(text).address();
    }

    private long call(final int number, final long a, final long b, final long c, final long d, final long e)
    {
        return syscall.call(number, a, b, c, d, e, 0);
    }

    private void attempt(
        final String name, final int number, final long a, final long b, final long c, final long d, final long e)
    {
        attempt(name, call(number, a, b, c, d, e));
    }

    static void attempt(final String name, final long result)
    {
        say("attempt", name, result);
    }

    static void say(final String stage, final String name, final long result)
    {
        System.out.println(stage + " " + name + "=" + result);
    }
}
