package org.skerry.tests.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A host of its own, driven as a user drives it: through {@code bin/xl} and {@code bin/skerry}, in a run directory and
 * a folder of its own.
 */
final class HostUnderTest implements AutoCloseable
{
    static final Path PROJECT = Path.of("").toAbsolutePath().getParent();
    static final Path KERNEL = PROJECT.resolve("examples/target/examples-0.1.0-SNAPSHOT.jar");

    private static final long COMMAND_TIMEOUT_SECONDS = 60;

    private final Path folder;
    private final Path runDirectory;
    private final Map<String, String> environment =
        new HashMap<>(Map.of("SKERRY_STANDBY", "no"));          // the processes of a host are those that it shows

    HostUnderTest()
    {
        try
        {
            folder = Files.createTempDirectory("skerry-test-");
            runDirectory = folder.resolve("run");
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    Path folder()
    {
        return folder;
    }

    /** For all that is started from now on. */
    void environment(final String name, final String value)
    {
        environment.put(name, value);
    }

    Path runDirectory()
    {
        return runDirectory;
    }

    static boolean isRoot()
    {
        try
        {
            return (Integer)Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /** @return whether a stock program can be found. */
    static boolean has(final String program)
    {
        return Stream.of("/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/")
            .anyMatch(directory -> Files.isExecutable(Path.of(directory + program)));
    }

    /** Write a config file for a shell guest. */
    Path config(final String name, final String... lines) throws IOException
    {
        final List<String> text = new ArrayList<>(List.of(
            "name = \"" + name + "\"", "memory = 64", "kernel = \"" + KERNEL + "\""));
        text.addAll(Arrays.asList(lines));

        return Files.write(folder.resolve(name + ".cfg"), text);
    }

    Result xl(final String... arguments)
    {
        return run(command("xl", arguments));
    }

    Result skerry(final String... arguments)
    {
        return run(command("skerry", arguments));
    }

    /** Run and expect success. */
    String ok(final Result result)
    {
        if (result.exit() != 0)
        {
            throw new AssertionError(result.toString() + log());
        }

        return result.out();
    }

    /** @return a program that talks to a guest's console. */
    ConsoleDriver console(final String name) throws IOException
    {
        return new ConsoleDriver(start(command("xl", "console", name)), this::log);
    }

    Process start(final List<String> command) throws IOException
    {
        final ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        environment(builder);

        return builder.redirectErrorStream(true).start();
    }

    List<String> command(final String program, final String... arguments)
    {
        final List<String> command = new ArrayList<>(List.of(PROJECT.resolve("bin").resolve(program).toString()));
        command.addAll(Arrays.asList(arguments));

        return command;
    }

    Result run(final List<String> command)
    {
        try
        {
            final ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
            environment(builder);
            final Process process = builder.start();
            process.getOutputStream().close();
            final CompletableFuture<String> err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            final CompletableFuture<String> out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            if (!process.waitFor(COMMAND_TIMEOUT_SECONDS, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end" + log());
            }

            return new Result(command, process.exitValue(), out.join(), err.join());
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Wait until no domain of that name is listed; the test's own time limit ends it. */
    void awaitGone(final String name)
    {
        while (xl("list", name).exit() == 0)
        {
            Thread.onSpinWait();
        }
    }

    /** @return pid of the process that carries a domain; -1 for none. */
    long pidOf(final String mainClass)
    {
        return pidsOf(mainClass).stream().findFirst().orElse(-1L);
    }

    /** @return pid of the process that carries a domain, once it has got so far; the time limit ends the waiting. */
    long awaitPidOf(final String mainClass)
    {
        long pid = pidOf(mainClass);
        while (pid < 0)
        {
            Thread.onSpinWait();
            pid = pidOf(mainClass);
        }

        return pid;
    }

    /** @return pids of the processes of a domain: of the one that carries it, then of one that stands by. */
    List<Long> pidsOf(final String mainClass)
    {
        return ProcessHandle.allProcesses()
            .filter(process -> commandLine(process.pid()).matches("\\S*java .*" + mainClass + "\\b.*") &&
                belongsHere(process.pid()))
            .sorted(Comparator.comparing(process -> process.info().startInstant().orElse(Instant.MAX)))
            .map(ProcessHandle::pid).toList();
    }

    /** {@code kill -9}. */
    void kill(final long pid)
    {
        if (pid <= 1 || run(List.of("kill", "-9", Long.toString(pid))).exit() != 0)
        {
            throw new AssertionError("no such process: " + pid + log());
        }
    }

    /** Kill a service and wait until another process carries it; the test's time limit ends the waiting. */
    void killAndAwaitTheNext(final String mainClass)
    {
        final long killed = pidOf(mainClass);
        kill(killed);
        while (pidOf(mainClass) < 0 || pidOf(mainClass) == killed)
        {
            Thread.onSpinWait();
        }
    }

    /** @return command lines of all processes of this host that still exist. */
    List<String> processes()
    {
        return ProcessHandle.allProcesses()
            .filter(process -> belongsHere(process.pid()) && process.pid() != ProcessHandle.current().pid())
            .map(process -> process.pid() + " " + commandLine(process.pid())).toList();
    }

    /** @return what Domain-0 and the others wrote, for a test that failed. */
    String log()
    {
        final StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.walk(runDirectory))
        {
            for (final Path file : files.filter(path -> path.toString().endsWith(".log")).sorted().toList())
            {
                text.append("\n--- ").append(file.getFileName()).append('\n').append(Files.readString(file));
            }
        }
        catch (final IOException | UncheckedIOException e)
        {
            text.append("\n(no logs: ").append(e.getMessage()).append(')');
        }

        return text.toString();
    }

    @Override
    public void close() throws IOException
    {
        skerry("down");
        final List<String> left = processes();
        try (Stream<Path> paths = Files.walk(folder))
        {
            for (final Path path : paths.sorted(Comparator.reverseOrder()).toList())
            {
                Files.deleteIfExists(path);
            }
        }
        if (!left.isEmpty())
        {
            throw new AssertionError("processes are left behind: " + left);
        }
    }

    private void environment(final ProcessBuilder builder)
    {
        builder.environment().putAll(environment);
        builder.environment().put("SKERRY_RUN_DIR", runDirectory.toString());
        builder.environment().put("SKERRY_DIST", PROJECT.resolve("target/dist").toString());
        builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    }

    /** A process belongs to this host when Domain-0's environment or one of its parents' says so. */
    private boolean belongsHere(final long pid)
    {
        long current = pid;
        while (current > 1)
        {
            if (environmentOf(current).contains("SKERRY_RUN_DIR=" + runDirectory + "\0"))
            {
                return true;
            }
            current = ProcessHandle.of(current).flatMap(ProcessHandle::parent).map(ProcessHandle::pid).orElse(0L);
        }

        return false;
    }

    private static String environmentOf(final long pid)
    {
        return procFile(pid, "environ");
    }

    private static String commandLine(final long pid)
    {
        return procFile(pid, "cmdline").replace('\0', ' ');
    }

    private static String procFile(final long pid, final String name)
    {
        try
        {
            return Files.readString(Path.of("/proc/" + pid + "/" + name), StandardCharsets.ISO_8859_1);
        }
        catch (final IOException e)
        {
            return "";
        }
    }

    private static String text(final InputStream stream)
    {
        try
        {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What a command did.
     */
    record Result(List<String> command, int exit, String out, String err)
    {
    }
}
