package org.skerry.tests.hostile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

import org.skerry.guest.Domain;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SyscallNumbers;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * The process of a block driver domain that was granted one page by a guest and wants to see more of it. It writes
 * {@code stage name=result} for each attempt; {@link GuestMemoryEscapeTest} judges.
 */
@SuppressWarnings("restricted")
public final class GuestMemoryProbe
{
    private static final int AT_FDCWD = -100;
    private static final int FD_COUNT = 32;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int PTRACE_ATTACH = 16;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int PAGE = Hypercalls.PAGE_SIZE;

    private final Arena arena = Arena.ofAuto();
    private final RawSyscall syscall = new RawSyscall();
    private final MemorySegment scratch = arena.allocate(PAGE, Long.BYTES);
    private final Domain domain;
    private final int pid;
    private final Domid victim;
    private final int grantRef;
    private int window;
    private long length;
    private long shown;

    private GuestMemoryProbe(final Domain domain, final String[] args)
    {
        this.domain = domain;
        this.pid = Integer.parseInt(args[0]);
        this.victim = new Domid(Integer.parseInt(args[1]));
        this.grantRef = Integer.parseInt(args[2]);
    }

    /**
     * @param args process id and number of the guest; the reference of the page that it grants us.
     */
    public static void main(final String[] args) throws GrantException
    {
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.BLK);
        final GuestMemoryProbe probe = new GuestMemoryProbe(domain, args);
        probe.takeWhatIsGranted();
        probe.lookAtTheWindow();
        probe.askForMore();
        probe.makeTheWindowLonger();
        probe.reachTheProcess();
        say("end", "reached", 1);
        domain.shutdown(ShutdownReason.POWEROFF);
    }

    private void takeWhatIsGranted() throws GrantException
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        GrantMapping mapping = null;
        while (mapping == null)
        {
            try
            {
                mapping = domain.foreignGrants().map(victim, new GrantRef(grantRef), false);
            }
            catch (final GrantException e)
            {
                if (deadlineNs - System.nanoTime() < 0)
                {
                    throw e;
                }
                domain.loop().poll(10);                          // the guest has to come up, and the page to move
            }
        }
        say("granted", "word", mapping.buffer().getLong(0));
        say("granted", "last word", mapping.buffer().getLong(PAGE - Long.BYTES));
        length = openWindow(false) * PAGE;
        window = domain.connection().replyFd(0);
        shown = call(SyscallNumbers.SYS_MMAP, 0, length, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, window);
        say("granted", "window length", length);
    }

    private long openWindow(final boolean isReadOnly)
    {
        return domain.connection().call(new OpenWindowEncoder()
            .wrapAndApplyHeader(domain.connection().out(), 0, domain.connection().headerOut())
            .granter(victim.value()).readOnly((short)(isReadOnly ? 1 : 0)).encodedLength());
    }

    /** All of it, first without having Linux make pages where there are none, then as it is mapped. */
    private void lookAtTheWindow()
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

    private static boolean isZero(final MemorySegment page)
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

    /** Of the hypervisor. */
    private void askForMore()
    {
        attempt("its read-only window", openWindow(true));
        for (int ref = 0; ref < PAGE / Long.BYTES; ref++)
        {
            if (ref != grantRef)
            {
                attempt("grant " + ref, grantStatus(ref));
            }
        }
    }

    private long grantStatus(final int ref)
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
    private void makeTheWindowLonger()
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

    private void reachTheProcess()
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

    private static void attempt(final String name, final long result)
    {
        say("attempt", name, result);
    }

    private static void say(final String stage, final String name, final long result)
    {
        System.out.println(stage + " " + name + "=" + result);
    }
}
