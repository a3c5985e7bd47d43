package org.skerry.toolstack.host;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.launch.BwrapLauncher;
import org.skerry.toolstack.launch.DomainLauncher;
import org.skerry.toolstack.launch.JavaHeap;
import org.skerry.toolstack.launch.JavaRuntime;
import org.skerry.toolstack.launch.LandlockLauncher;
import org.skerry.toolstack.launch.LaunchSpec;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.toolstack.resource.HostResources;
import org.skerry.toolstack.resource.ResourceLimits;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

/**
 * Starts the processes of this host: chooses the wall once, gives each a log.
 */
final class Processes
{
    /** Overrides the choice: {@code namespaces} or {@code landlock}. */
    static final String WALL_VARIABLE = "SKERRY_WALL";

    private static final int FIRST_UID = 70_000;
    private static final int LOG_MODE = 0600;
    private static final int LAST_WORDS_LENGTH = 1024;

    private final Path logs;
    private final DomainLauncher launcher;
    private final HostResources resources;

    Processes(final RunDirectory runDirectory)
    {
        logs = runDirectory.path().resolve("log");
        try
        {
            Files.createDirectories(logs);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot make " + logs + ": " + e.getMessage());
        }
        resources = HostResources.open(runDirectory);
        launcher = chooseLauncher(JavaRuntime.of(Distribution.ofProperties().lib()));
    }

    /** @return the wall in one word. */
    String confinement()
    {
        return launcher.confinement();
    }

    /** @return what the processes have of the machine. */
    HostResources resources()
    {
        return resources;
    }

    /**
     * @param name         of the domain; names the log too.
     * @param domid        chooses its user.
     * @param mainClass    of the runtime.
     * @param arguments    of the main class.
     * @param kernelJar    of a guest, or null.
     * @param heap         of its Java.
     * @param limits       of what it takes of the machine.
     * @param connectionFd its fd 3; stays the caller's.
     * @return the process.
     */
    LaunchedProcess launch(
        final String name, final int domid, final String mainClass, final List<String> arguments,
        final Path kernelJar, final JavaHeap heap, final ResourceLimits limits, final int connectionFd)
    {
        return launch(
            domid == 0 ? name : "dom" + domid, name, domid, mainClass, arguments, kernelJar, heap, limits,
            connectionFd);
    }

    /**
     * The same, for one of several processes of a domain.
     *
     * @param group names what it has of the machine; unique among those that live.
     */
    LaunchedProcess launch(
        final String group, final String name, final int domid, final String mainClass, final List<String> arguments,
        final Path kernelJar, final JavaHeap heap, final ResourceLimits limits, final int connectionFd)
    {
        final int logFd = Fcntl.open(
            log(name).toString(), Fcntl.O_CREAT | Fcntl.O_WRONLY | Fcntl.O_APPEND | Fcntl.O_CLOEXEC, LOG_MODE);
        if (logFd < 0)
        {
            throw new ToolstackException("cannot open " + log(name) + ": " + Errno.nameOf(logFd));
        }

        try
        {
            final LaunchedProcess process = launcher.launch(new LaunchSpec(
                name, mainClass, arguments, kernelJar, heap, FIRST_UID + domid, connectionFd, logFd));
            resources.admit(group, process, limits);

            return process;
        }
        finally
        {
            Unistd.close(logFd);
        }
    }

    /** @return the log of a domain of that name. */
    Path log(final String name)
    {
        return logs.resolve(name.replaceAll("[^A-Za-z0-9._+-]", "_") + ".log");
    }

    /** @return the last line of the log of a domain that ended badly, behind a colon; or nothing. */
    String lastWords(final String name)
    {
        try (RandomAccessFile log = new RandomAccessFile(log(name).toFile(), "r"))
        {
            final byte[] end = new byte[(int)Math.min(LAST_WORDS_LENGTH, log.length())];
            log.seek(log.length() - end.length);
            log.readFully(end);

            return new String(end, StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank())
                .reduce((first, second) -> second).map(line -> ": " + line.replaceAll("\\p{Cntrl}", "?")).orElse("");
        }
        catch (final IOException e)
        {
            return "";
        }
    }

    /** Remove the log of a domain that ended well. */
    void removeLog(final String name)
    {
        try
        {
            Files.deleteIfExists(log(name));
        }
        catch (final IOException e)
        {
            System.err.println("cannot remove " + log(name) + ": " + e.getMessage());
        }
    }

    private static DomainLauncher chooseLauncher(final JavaRuntime runtime)
    {
        final String wanted = System.getenv().getOrDefault(WALL_VARIABLE, "");
        final String noBwrap = wanted.equals("landlock") ? "not wanted" : BwrapLauncher.whyNot();
        if (noBwrap == null)
        {
            return new BwrapLauncher(runtime);
        }
        final String noLandlock = wanted.equals("namespaces") ? "not wanted" : LandlockLauncher.whyNot();
        if (noLandlock == null)
        {
            return new LandlockLauncher(runtime);
        }

        throw new ToolstackException("no way to confine domains on this machine: namespaces: " + noBwrap +
            "; landlock: " + noLandlock);
    }
}
