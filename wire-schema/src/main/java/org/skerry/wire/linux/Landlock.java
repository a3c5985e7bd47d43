package org.skerry.wire.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * {@code linux/landlock.h}: giving up files, TCP, and what reaches beyond, without being root. It holds for the calling
 * thread and everything it starts afterwards, for ever; other threads of the process stay free. So it belongs on a
 * throw-away platform thread that then spawns. The thread cannot load classes from directories any more: use what it
 * will need ({@link Spawn}, {@link SysWait}) once before.
 */
public final class Landlock
{
    private static final int ENOENT = 2;
    private static final int ENOTDIR = 20;

    private static final int LANDLOCK_CREATE_RULESET_VERSION = 1;
    private static final int LANDLOCK_RULE_PATH_BENEATH = 1;

    private static final long EXECUTE = 1L;
    private static final long WRITE_FILE = 1L << 1;
    private static final long READ_FILE = 1L << 2;
    private static final long READ_DIR = 1L << 3;
    private static final long REMOVE_DIR = 1L << 4;
    private static final long REMOVE_FILE = 1L << 5;
    private static final long MAKE_DIR = 1L << 7;
    private static final long MAKE_REG = 1L << 8;
    private static final long MAKE_SOCK = 1L << 9;
    private static final long MAKE_FIFO = 1L << 10;
    private static final long MAKE_SYM = 1L << 12;
    private static final long REFER = 1L << 13;
    private static final long TRUNCATE = 1L << 14;
    private static final long IOCTL_DEV = 1L << 15;

    private static final long READ = READ_FILE | READ_DIR;
    private static final long READ_EXEC = READ | EXECUTE;
    private static final long READ_WRITE = READ | WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR |
        MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM | REFER | IOCTL_DEV;

    /** All that a rule on something else than a directory may name. */
    private static final long OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV;

    private static final int ABI_REFER = 2;
    private static final int ABI_TRUNCATE = 3;
    private static final int ABI_TCP = 4;
    private static final int ABI_IOCTL_DEV = 5;
    private static final int ABI_SCOPE = 6;

    private static final long TCP_BIND_AND_CONNECT = 3;
    private static final long SCOPE_ABSTRACT_UNIX_SOCKET_AND_SIGNAL = 3;

    private Landlock()
    {
    }

    /**
     * What this kernel's Landlock knows: 1 files, 4 and above TCP too, 6 and above signals and abstract unix sockets
     * too. Path unix sockets, UDP and vsock are never covered: that is seccomp's part.
     *
     * @return 1 or more; -ENOSYS when the kernel has none, -EOPNOTSUPP when it is switched off.
     */
    public static int abi()
    {
        return (int)Syscall.call(SyscallNumbers.SYS_LANDLOCK_CREATE_RULESET, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
    }

    /** @return all rights to files that an ABI can take away. */
    private static long filesOf(final int abi)
    {
        final int count = abi >= ABI_IOCTL_DEV ? 16 : abi >= ABI_TRUNCATE ? 15 : abi >= ABI_REFER ? 14 : 13;
        return (1L << count) - 1;
    }

    /**
     * What remains allowed. Everything else that the kernel's Landlock knows is denied: all other files (by path; what
     * is open stays usable), TCP, signals and abstract sockets outwards.
     */
    public static final class Rules
    {
        private record Rule(String path, long access)
        {
        }

        private final List<Rule> rules = new ArrayList<>();

        /**
         * Reading and executing a file, or everything beneath a directory.
         *
         * @param path an absolute path. Links are followed, so /proc/self is the calling process, not the child. One
         *             that does not exist when the rules come into force is passed over: there is nothing to allow.
         * @return this.
         */
        public Rules readExec(final String path)
        {
            return add(path, READ_EXEC);
        }

        /**
         * Reading a file, or everything beneath a directory.
         *
         * @param path as in {@link #readExec}.
         * @return this.
         */
        public Rules read(final String path)
        {
            return add(path, READ);
        }

        /**
         * Reading and writing a file or a device, or everything beneath a directory with making and removing files
         * there; no device nodes, no execution.
         *
         * @param path as in {@link #readExec}.
         * @return this.
         */
        public Rules readWrite(final String path)
        {
            return add(path, READ_WRITE);
        }

        private Rules add(final String path, final long access)
        {
            rules.add(new Rule(path, access));
            return this;
        }

        /**
         * Restricts the calling thread; also sets no_new_privs on it. Uses {@code landlock_create_ruleset},
         * {@code landlock_add_rule}, {@code landlock_restrict_self}, {@code prctl}, {@code openat}, {@code fstat}.
         *
         * @return 0 or the negative errno, as {@link Landlock#abi}; nothing is restricted then.
         */
        public int restrictSelf()
        {
            final int abi = abi();
            if (abi < 0)
            {
                return abi;
            }
            try (Arena arena = Arena.ofConfined())
            {
                final int ruleset = createRuleset(arena, abi);
                if (ruleset < 0)
                {
                    return ruleset;
                }
                try
                {
                    return restrictSelf(arena, ruleset, filesOf(abi));
                }
                finally
                {
                    Unistd.close(ruleset);
                }
            }
        }

        private static int createRuleset(final Arena arena, final int abi)
        {
            final MemorySegment attributes = arena.allocate(JAVA_LONG, 3);
            attributes.setAtIndex(JAVA_LONG, 0, filesOf(abi));
            attributes.setAtIndex(JAVA_LONG, 1, TCP_BIND_AND_CONNECT);
            attributes.setAtIndex(JAVA_LONG, 2, SCOPE_ABSTRACT_UNIX_SOCKET_AND_SIGNAL);
            final int fields = abi >= ABI_SCOPE ? 3 : abi >= ABI_TCP ? 2 : 1;
            return (int)Syscall.call(
                SyscallNumbers.SYS_LANDLOCK_CREATE_RULESET, attributes.address(), (long)fields * Long.BYTES, 0);
        }

        private int restrictSelf(final Arena arena, final int ruleset, final long handled)
        {
            final MemorySegment pathBeneath = arena.allocate(Long.BYTES + Integer.BYTES, Long.BYTES);
            for (final Rule rule : rules)
            {
                final int result = addRule(pathBeneath, ruleset, rule, handled);
                if (result < 0 && result != -ENOENT && result != -ENOTDIR)
                {
                    return result;
                }
            }
            final int result = Prctl.noNewPrivs();
            return result < 0 ?
                result : (int)Syscall.call(SyscallNumbers.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0);
        }

        private static int addRule(
            final MemorySegment pathBeneath, final int ruleset, final Rule rule, final long handled)
        {
            final int fd = Fcntl.open(rule.path, Fcntl.O_PATH | Fcntl.O_CLOEXEC, 0);
            if (fd < 0)
            {
                return fd;
            }
            final boolean isDirectory = (SysStat.mode(fd) & SysStat.S_IFMT) == SysStat.S_IFDIR;
            final long access = rule.access & handled & (isDirectory ? ~IOCTL_DEV : OF_FILES);
            pathBeneath.set(JAVA_LONG, 0, access);
            pathBeneath.set(JAVA_INT_UNALIGNED, Long.BYTES, fd);
            final int result = (int)Syscall.call(
                SyscallNumbers.SYS_LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, pathBeneath.address(), 0);
            Unistd.close(fd);
            return result;
        }
    }
}
