package org.skerry.toolstack.xl;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.ControlServer;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.ExitStatus;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Signal;
import org.skerry.wire.linux.Spawn;
import org.skerry.wire.linux.SysWait;
import org.skerry.wire.linux.Unistd;

/**
 * Starts Domain-0 in the background and waits until it takes commands. Several may try at the same time: one starts,
 * the others wait with it.
 */
final class HostStarter
{
    /** Main class of Domain-0. */
    static final String DOMAIN0 = "org.skerry.toolstack.host.Domain0";

    /** Time a host has to come up. */
    static final long TIMEOUT_NS = Patience.ns(60, TimeUnit.SECONDS);

    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long PROGRESS_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int LOG_MODE = 0600;
    private static final int DEFAULT_COLUMNS = 80;
    private static final String CLEAR_LINE = "\r\033[K";

    private final RunDirectory runDirectory;
    private final List<String> argv;
    private final PrintStream progress;
    private final int columns;
    private final long timeoutNs;

    /**
     * @param runDirectory of the host.
     * @param argv         of Domain-0, the path of its program first.
     * @param progress     a terminal on which to show what happens, or null.
     * @param columns      width of the terminal.
     * @param timeoutNs    the host has to come up.
     */
    HostStarter(
        final RunDirectory runDirectory,
        final List<String> argv,
        final PrintStream progress,
        final int columns,
        final long timeoutNs)
    {
        this.runDirectory = runDirectory;
        this.argv = List.copyOf(argv);
        this.progress = progress;
        this.columns = columns;
        this.timeoutNs = timeoutNs;
    }

    /**
     * @param distribution to run.
     * @return what to execute as Domain-0.
     */
    static List<String> domain0(final Distribution distribution)
    {
        final List<String> argv = new ArrayList<>();
        argv.add(Distribution.java().toString());
        argv.addAll(Distribution.jvmFlags());
        argv.add("-D" + Distribution.HOME_PROPERTY + "=" + distribution.home());
        argv.add("-D" + Distribution.LIB_PROPERTY + "=" + distribution.lib());
        final Path aot = distribution.lib().resolveSibling("domain0.aot");
        if (Files.exists(aot))
        {
            argv.add("-XX:AOTCache=" + aot);
            argv.add("-Xlog:disable");
        }
        argv.add("-classpath");
        argv.add(System.getProperty("java.class.path"));
        argv.add(DOMAIN0);
        return argv;
    }

    /**
     * @throws ToolstackException when the host does not come up; what was started has ended or was told to.
     */
    void start()
    {
        runDirectory.create();
        try (FileChannel file = FileChannel.open(runDirectory.path().resolve("start.lock"),
            StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = file.lock())
        {
            if (lock.isValid() && !ControlServer.isAlive(runDirectory.controlSocket()))
            {
                await(spawn());
            }
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("cannot lock " + runDirectory + "/start.lock: " + ex.getMessage());
        }
    }

    private int spawn()
    {
        final Path log = runDirectory.domain0Log();
        final int fd = Fcntl.open(log.toString(),
            Fcntl.O_WRONLY | Fcntl.O_CREAT | Fcntl.O_TRUNC | Fcntl.O_APPEND | Fcntl.O_CLOEXEC, LOG_MODE);
        if (fd < 0)
        {
            throw new ToolstackException("cannot write " + log + ": " + Errno.nameOf(fd));
        }

        try
        {
            final int pid = Spawn.spawn(argv.getFirst(), argv, environment(), new int[]{-1, fd, fd}, true);
            if (pid < 0)
            {
                throw new ToolstackException("cannot start " + argv.getFirst() + ": " + Errno.nameOf(pid));
            }
            return pid;
        }
        finally
        {
            Unistd.close(fd);
        }
    }

    private List<String> environment()
    {
        final Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put(RunDirectory.VARIABLE, runDirectory.toString());
        final List<String> list = new ArrayList<>();
        environment.forEach((name, value) -> list.add(name + "=" + value));
        return list;
    }

    private void await(final int pid)
    {
        final long startNs = System.nanoTime();
        long progressNs = startNs;
        while (!Files.exists(runDirectory.controlSocket()) || !ControlServer.isAlive(runDirectory.controlSocket()))
        {
            final int status = SysWait.tryWaitPid(pid);
            if (status >= 0)
            {
                clear();
                throw new ToolstackException("the host did not start (" + describe(ExitStatus.of(status)) + "): " +
                    lastLine() + " (all of it in " + runDirectory.domain0Log() + ")");
            }

            final long nowNs = System.nanoTime();
            if (nowNs - startNs > timeoutNs)
            {
                clear();
                Signal.kill(pid, Signal.SIGTERM);
                throw new ToolstackException("the host is not up after " + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) +
                    " s, process " + pid + ": " + lastLine() + " (all of it in " + runDirectory.domain0Log() + ")");
            }
            if (progress != null && nowNs - progressNs > PROGRESS_PAUSE_NS)
            {
                progressNs = nowNs;
                show("starting the host: " + lastLine());
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        clear();
    }

    private void show(final String text)
    {
        final int width = (columns > 0 ? columns : DEFAULT_COLUMNS) - 1;
        progress.print(CLEAR_LINE + (text.length() > width ? text.substring(0, width) : text));
        progress.flush();
    }

    private void clear()
    {
        if (progress != null)
        {
            progress.print(CLEAR_LINE);
            progress.flush();
        }
    }

    /** The last line of the log that says something; it is for people only. */
    private String lastLine()
    {
        try
        {
            String last = "...";
            for (final String line : Files.readAllLines(runDirectory.domain0Log(),
                StandardCharsets.ISO_8859_1))
            {
                if (!line.isBlank() && !line.startsWith("\tat "))
                {
                    last = line.strip();
                }
            }
            return last;
        }
        catch (final IOException ex)
        {
            return "no log";
        }
    }

    private static String describe(final ExitStatus status)
    {
        return status.signalled() ? "signal " + status.code() : "exit status " + status.code();
    }
}
