package org.skerry.toolstack.launch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.toolstack.RunDirectory;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Starts a process in namespaces of its own, by bubblewrap: it sees the Java runtime, the jars and nothing else of the
 * file system, no process, no network. Works for root and, where user namespaces are allowed, for everyone. As root the
 * process gets a user of its own.
 */
public final class BwrapLauncher implements DomainLauncher
{
    private static final Path BWRAP = Path.of("/usr/bin/bwrap");
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final String KERNEL_AT = "/skerry/kernel.jar";
    private static final int INFO_FD = 4;
    private static final int FILTER_FD = 5;
    private static final int INFO_LENGTH = 1024;
    private static final Pattern CHILD_PID = Pattern.compile("\"child-pid\": *(\\d+)");

    private final JavaRuntime runtime;
    private final boolean isRoot = RunDirectory.ownUid() == 0;

    /**
     * @param runtime what processes run on.
     */
    public BwrapLauncher(final JavaRuntime runtime)
    {
        this.runtime = runtime;
    }

    /** @return null when bubblewrap can be used here, or why it cannot. */
    public static String whyNot()
    {
        if (!Files.isExecutable(BWRAP))
        {
            return BWRAP + " is not installed (Debian: apt install bubblewrap)";
        }
        try
        {
            final Process trial = new ProcessBuilder(
                Stream.concat(
                    Stream.concat(Stream.of(BWRAP.toString()), namespaces(RunDirectory.ownUid() == 0).stream()),
                    Stream.of("--ro-bind", "/", "/", "/bin/true")).toList())
                .redirectErrorStream(true).start();
            final String output = new String(trial.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

            return trial.waitFor() == 0 ? null : output;
        }
        catch (final IOException e)
        {
            return e.getMessage();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    @Override
    public LaunchedProcess launch(final LaunchSpec spec)
    {
        final long info = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC);
        final int ownInfoFd = SysSocket.first(info);
        final int childInfoFd = SysSocket.second(info);
        final int filterFd = OuterFilter.filter().memfd();
        final int[] fds = {-1, spec.logFd(), spec.logFd(), spec.connectionFd(), childInfoFd, filterFd};

        return Spawner.spawn(spec.name(), () -> 0, command(spec), fds, pid ->
        {
            Unistd.close(childInfoFd);
            Unistd.close(filterFd);
            final int javaPid = readChildPid(ownInfoFd);
            Unistd.close(ownInfoFd);
            return javaPid;
        });
    }

    @Override
    public String confinement()
    {
        return isRoot ? "namespaces+uid+seccomp" : "namespaces+seccomp";
    }

    private List<String> command(final LaunchSpec spec)
    {
        final boolean ownUser = isRoot && spec.uid() != 0;
        final List<String> command = new ArrayList<>(List.of(BWRAP.toString()));
        command.addAll(ownUser ?
            List.of("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try") :
            namespaces(isRoot));
        command.addAll(List.of(
            "--as-pid-1", "--die-with-parent",
            "--hostname", spec.name().replaceAll("[^A-Za-z0-9-]", "-"), "--clearenv",
            "--info-fd", Integer.toString(INFO_FD), "--seccomp", Integer.toString(FILTER_FD),
            "--setenv", "LD_LIBRARY_PATH", runtime.home() + "/lib:" + runtime.home() + "/lib/server"));
        addParents(command, List.of(
            SETPRIV, Path.of("/usr/lib"), Path.of("/etc/ld.so.cache"), Path.of("/dev/null"), Path.of(KERNEL_AT),
            runtime.home(), runtime.lib()));
        for (final String top : List.of("/usr/lib", "/lib", "/lib64", "/usr/lib64"))
        {
            addSystemDirectory(command, Path.of(top));
        }
        command.addAll(List.of(
            "--ro-bind", runtime.home().toString(), runtime.home().toString(),
            "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache",
            "--ro-bind", runtime.lib().toString(), runtime.lib().toString(),
            "--dev-bind", "/dev/null", "/dev/null",
            "--dev-bind", "/dev/urandom", "/dev/urandom"));
        if (spec.kernelJar() != null)
        {
            command.addAll(List.of("--ro-bind", spec.kernelJar().toString(), KERNEL_AT));
        }
        if (ownUser)
        {
            command.addAll(List.of(
                "--ro-bind", SETPRIV.toString(), SETPRIV.toString(),
                "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"));
        }
        command.addAll(List.of("--remount-ro", "/", "--chdir", "/", "--"));
        if (ownUser)
        {
            final String id = Integer.toString(spec.uid());
            command.addAll(List.of(
                SETPRIV.toString(), "--reuid", id, "--regid", id, "--clear-groups", "--inh-caps", "-all",
                "--bounding-set", "-all", "--no-new-privs", "--"));
        }
        command.addAll(runtime.command(spec, KERNEL_AT));

        return command;
    }

    /** All of them; who is not root makes them in a user namespace, and none inside of that. */
    private static List<String> namespaces(final boolean isRoot)
    {
        return isRoot ? List.of("--unshare-all") : List.of("--unshare-all", "--unshare-user", "--disable-userns");
    }

    /** Directories that bubblewrap makes by itself are for its own user only. */
    private static void addParents(final List<String> command, final List<Path> paths)
    {
        final Set<String> parents = new TreeSet<>();
        for (final Path path : paths)
        {
            for (Path parent = path.getParent(); parent.getParent() != null; parent = parent.getParent())
            {
                parents.add(parent.toString());
            }
        }
        for (final String parent : parents)
        {
            command.addAll(List.of("--perms", "0755", "--dir", parent));
        }
    }

    private static void addSystemDirectory(final List<String> command, final Path directory)
    {
        if (Files.isSymbolicLink(directory))
        {
            try
            {
                command.addAll(List.of("--symlink", Files.readSymbolicLink(directory).toString(),
                    directory.toString()));
            }
            catch (final IOException e)
            {
                throw new IllegalStateException("cannot read the link " + directory, e);
            }
        }
        else if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS))
        {
            command.addAll(List.of("--ro-bind", directory.toString(), directory.toString()));
        }
    }

    private static int readChildPid(final int fd)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(INFO_LENGTH));
        final StringBuilder text = new StringBuilder();
        while (text.length() < INFO_LENGTH && text.indexOf("}") < 0)
        {
            final long length = Unistd.read(fd, buffer.addressOffset(), INFO_LENGTH);
            if (length <= 0)
            {
                return -1;
            }
            text.append(buffer.getStringWithoutLengthAscii(0, (int)length));
        }
        final Matcher matcher = CHILD_PID.matcher(text);

        return matcher.find() ? Integer.parseInt(matcher.group(1)) : -1;
    }
}
