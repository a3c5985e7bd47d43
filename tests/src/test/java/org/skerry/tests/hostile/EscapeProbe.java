package org.skerry.tests.hostile;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.skerry.guest.Domain;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SyscallNumbers;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * The process of a domain that tries to get out: first with only the outer wall around it, then with both. It writes
 * {@code stage name=result} for each attempt, result being what the kernel answered; {@link EscapeTest} judges.
 */
@SuppressWarnings("restricted")
public final class EscapeProbe
{
    private static final int AT_FDCWD = -100;
    private static final int AF_UNIX = 1;
    private static final int SIGCHLD = 17;
    private static final int STAT_LENGTH = 144;
    private static final int STAT_MODE_OFFSET = 24;
    private static final int HIGHEST_FD = 255;

    private final Arena arena = Arena.ofAuto();
    private final RawSyscall syscall = new RawSyscall();
    private final MemorySegment scratch = arena.allocate(4096);
    private final int victim;
    private final String socket;
    private String stage = "before";

    private EscapeProbe(final int victim, final String socket)
    {
        this.victim = victim;
        this.socket = socket;
    }

    /**
     * @param args profile; process id of another domain, 0 to be that other domain; path of a socket that listens.
     */
    public static void main(final String[] args) throws Exception
    {
        final ConfinementProfile profile = ConfinementProfile.valueOf(args[0]);
        final int victim = Integer.parseInt(args[1]);
        final EscapeProbe probe = new EscapeProbe(victim, args[2]);
        if (victim != 0)
        {
            probe.listDescriptors();
            probe.tryOuterWall();
        }

        final Domain domain = Domain.attach();
        domain.confine(profile);
        if (victim == 0)
        {
            domain.loop().run();
        }
        probe.stage = "after";
        probe.tryOuterWall();
        probe.tryArguments();
        probe.tryEveryCall();
        probe.doWhatADomainDoes(domain);
        if (profile == ConfinementProfile.GUEST)
        {
            probe.takeWhatItCan();
        }
        domain.shutdown(ShutdownReason.POWEROFF);
    }

    private void listDescriptors()
    {
        for (int fd = 0; fd <= HIGHEST_FD; fd++)
        {
            if (call(SyscallNumbers.SYS_FSTAT, fd, scratch.address(), 0, 0, 0, 0) == 0)
            {
                final long flags = call(SyscallNumbers.SYS_FCNTL, fd, Fcntl.F_GETFL, 0, 0, 0, 0);
                stage = "fd";
                say(Integer.toString(fd),
                    Integer.toOctalString(scratch.get(JAVA_INT, STAT_MODE_OFFSET) & 0170000) + ":" + (flags & 3));
            }
        }
        stage = "before";
    }

    /** What must fail from the first instruction on. */
    private void tryOuterWall()
    {
        attempt("open /etc/shadow", SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/etc/shadow"), 0, 0, 0);
        attempt("open /etc/passwd", SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/etc/passwd"), 0, 0, 0);
        attempt("open memory of another domain",
            SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/proc/" + victim + "/mem"), Fcntl.O_RDWR, 0, 0);
        attempt("open descriptors of another domain",
            SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/proc/" + victim + "/fd/4"), 0, 0, 0);
        attempt("open environment of another domain",
            SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/proc/" + victim + "/environ"), 0, 0, 0);
        attempt("pidfd_getfd", SyscallNumbers.SYS_PIDFD_GETFD, 3, 3, 0, 0, 0);
        attempt("create a file in /tmp",
            SyscallNumbers.SYS_OPENAT, AT_FDCWD, text("/tmp/escaped"), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, 0);
        attempt("socket AF_UNIX", SyscallNumbers.SYS_SOCKET, 1, 1, 0, 0, 0);
        attempt("socket AF_INET", SyscallNumbers.SYS_SOCKET, 2, 1, 0, 0, 0);
        attempt("socket AF_INET datagram", SyscallNumbers.SYS_SOCKET, 2, 2, 0, 0, 0);
        attempt("socket AF_NETLINK", SyscallNumbers.SYS_SOCKET, 16, 3, 0, 0, 0);
        attempt("socket AF_PACKET", SyscallNumbers.SYS_SOCKET, 17, 3, 0, 0, 0);
        attempt("socket AF_VSOCK", SyscallNumbers.SYS_SOCKET, 40, 1, 0, 0, 0);
        attempt("connect to a path", SyscallNumbers.SYS_CONNECT, 3, unixAddress(), 110, 0, 0);
        attempt("ptrace another domain", SyscallNumbers.SYS_PTRACE, 16, victim, 0, 0, 0);
        attempt("process_vm_readv", SyscallNumbers.SYS_PROCESS_VM_READV, victim, iovec(), 1, iovec(), 1);
        attempt("process_vm_writev", SyscallNumbers.SYS_PROCESS_VM_WRITEV, victim, iovec(), 1, iovec(), 1);
        attempt("execute a program",
            SyscallNumbers.SYS_EXECVE, text("/bin/true"), scratch.address(), scratch.address(), 0, 0);
        attempt("io_uring_setup", SyscallNumbers.SYS_IO_URING_SETUP, 4, scratch.fill((byte)0).address(), 0, 0, 0);
        attempt("mount", SyscallNumbers.SYS_MOUNT, text("none"), text("/tmp"), text("tmpfs"), 0, 0);
        attempt("unshare a user namespace", SyscallNumbers.SYS_UNSHARE, 0x1000_0000, 0, 0, 0, 0);
        attempt("unshare a mount namespace", SyscallNumbers.SYS_UNSHARE, 0x0002_0000, 0, 0, 0, 0);
        attempt("bpf", SyscallNumbers.SYS_BPF, 0, scratch.address(), 48, 0, 0);
        attempt("become root", SyscallNumbers.SYS_SETRESUID, 0, 0, 0, 0, 0);
    }

    /** Calls that are allowed with some arguments only. */
    private void tryArguments()
    {
        attempt("kill another domain", SyscallNumbers.SYS_KILL, victim, 9, 0, 0, 0);
        attempt("kill everybody", SyscallNumbers.SYS_KILL, -1, 9, 0, 0, 0);
        attempt("tgkill another domain", SyscallNumbers.SYS_TGKILL, victim, victim, 9, 0, 0);
        attempt("pidfd_open", SyscallNumbers.SYS_PIDFD_OPEN, victim, 0, 0, 0, 0);
        attempt("clone a process", SyscallNumbers.SYS_CLONE, SIGCHLD, 0, 0, 0, 0);
        attempt("clone3", SyscallNumbers.SYS_CLONE3, scratch.address(), 88, 0, 0, 0);
        attempt("fcntl F_SETFL", SyscallNumbers.SYS_FCNTL, 3, Fcntl.F_SETFL, 0, 0, 0);
        attempt("fcntl F_ADD_SEALS", SyscallNumbers.SYS_FCNTL, 3, Fcntl.F_ADD_SEALS, 1, 0, 0);
        attempt("fcntl F_SETOWN", SyscallNumbers.SYS_FCNTL, 3, 8, victim, 0, 0);
        attempt("fcntl F_NOTIFY", SyscallNumbers.SYS_FCNTL, 3, 1026, 0, 0, 0);
        attempt("ioctl FIONBIO", SyscallNumbers.SYS_IOCTL, 3, 0x5421, scratch.address(), 0, 0);
        attempt("ioctl TIOCSTI", SyscallNumbers.SYS_IOCTL, 0, 0x5412, scratch.address(), 0, 0);
        attempt("ioctl TUNSETIFF", SyscallNumbers.SYS_IOCTL, 0, 0x400454CA, scratch.address(), 0, 0);
        attempt("prctl PR_SET_DUMPABLE", SyscallNumbers.SYS_PRCTL, 4, 1, 0, 0, 0);
        attempt("prctl PR_SET_SECCOMP", SyscallNumbers.SYS_PRCTL, 22, 1, 0, 0, 0);
        attempt("getpid of x32", SyscallNumbers.SYS_GETPID | 0x4000_0000, 0, 0, 0, 0, 0);
    }

    /** Every call there is, with arguments that do no harm where one is allowed after all. */
    private void tryEveryCall() throws IllegalAccessException
    {
        stage = "call";
        for (final Field field : SyscallNumbers.class.getFields())
        {
            final String name = field.getName();
            if (Modifier.isStatic(field.getModifiers()) && name.startsWith("SYS_") &&
                !EscapeTest.ALLOWED_TO_ALL.contains(name))
            {
                final long every = name.equals("SYS_CLONE") ? 0 : -1;      // all flags at once would ask for a thread
                attempt(name, field.getInt(null), every, -1, -1, -1, -1);
            }
        }
    }

    private void doWhatADomainDoes(final Domain domain)
    {
        stage = "works";
        work("hypercalls", () -> domain.eventChannels().allocUnbound(new Domid(0)).port().value() > 0);
        work("memory", () -> domain.memory().allocate(4).buffer().getByte(0) == 0);
        work("threads", EscapeProbe::runThreads);
        work("garbage collection", EscapeProbe::makeGarbage);
        work("classes that load late", () -> LoadedLate.answer() == 42);
        work("digests", () -> HexFormat.of().formatHex(
            MessageDigest.getInstance("SHA-256").digest(new byte[0])).startsWith("e3b0c44298fc1c14"));
        work("formats", () -> String.format("%,d %s %5.2f %x", 1234567, "a", 1.5, 255).contains("1.50"));
        work("regular expressions", () -> Pattern.compile("(a+)b").matcher("aaab").matches());
        work("parallel streams", () -> IntStream.range(0, 100_000).parallel().filter(i -> i % 3 == 0).count() == 33334);
        work("a stack trace", () ->
        {
            new IllegalStateException("as expected").printStackTrace();
            return true;
        });
    }

    /** More of the host's memory than its share, and of the disk that its log is on. */
    private void takeWhatItCan()
    {
        stage = "limit";
        attempt("private memory", SyscallNumbers.SYS_MMAP, 0, 1L << 30,
            SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS, -1);
        final MemorySegment line = arena.allocate(1 << 16).fill((byte)'x');
        int lines = 0;
        while (lines < 10_000 && call(SyscallNumbers.SYS_WRITE, 2, line.address(), line.byteSize(), 0, 0, 0) > 0)
        {
            lines++;
        }
    }

    private static boolean runThreads() throws InterruptedException
    {
        final AtomicInteger ran = new AtomicInteger();
        final Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++)
        {
            threads[i] = (i < 4 ? Thread.ofPlatform() : Thread.ofVirtual()).start(ran::incrementAndGet);
        }
        for (final Thread thread : threads)
        {
            thread.join();
        }

        return ran.get() == threads.length;
    }

    private static boolean makeGarbage()
    {
        long sum = 0;
        for (int i = 0; i < 100; i++)
        {
            sum += new byte[1 << 20].length;
        }
        System.gc();

        return sum == 100L << 20;
    }

    private void work(final String name, final Callable<Boolean> task)
    {
        try
        {
            say(name, task.call() ? "ok" : "wrong");
        }
        catch (final Exception | LinkageError e)
        {
            say(name, e.toString());
        }
    }

    private void attempt(
        final String name, final int number, final long a, final long b, final long c, final long d, final long e)
    {
        say(name, Long.toString(call(number, a, b, c, d, e, 0)));
    }

    private void say(final String name, final String result)
    {
        System.out.println(stage + " " + name + "=" + result);
    }

    private long call(
        final int number, final long a, final long b, final long c, final long d, final long e, final long f)
    {
        return syscall.call(number, a, b, c, d, e, f);
    }

    private long text(final String text)
    {
        return arena.allocateFrom(text).address();
    }

    private long unixAddress()
    {
        final byte[] path = socket.getBytes(StandardCharsets.UTF_8);
        final MemorySegment address = arena.allocate(110);
        address.set(JAVA_SHORT, 0, (short)AF_UNIX);
        MemorySegment.copy(path, 0, address, JAVA_BYTE, 2, path.length);

        return address.address();
    }

    private long iovec()
    {
        final MemorySegment iovec = arena.allocate(16, 8);
        iovec.set(JAVA_LONG, 0, scratch.address());
        iovec.set(JAVA_LONG, 8, 8);

        return iovec.address();
    }

    /** Nobody looks at this class before the walls are up. */
    private static final class LoadedLate
    {
        private LoadedLate()
        {
        }

        static int answer()
        {
            return 42;
        }
    }
}
