package org.skerry.toolstack.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.image.CpioArchive;
import org.skerry.toolstack.image.StockProgram;
import org.skerry.toolstack.image.Trees;
import org.skerry.wire.linux.Termios;

/**
 * One run of the lab: a QEMU process, which ends before we do. What a command writes and its exit
 * status go through virtio ports, so that they come out as they went in; the machine's own messages go to a file.
 */
final class LabMachine
{
    /**
     * The emulator has one loop for each byte of a REP MOVSB: kernels that think it quick (erms, fsrm) are slow. TSCs
     * are the host's, so they are reliable; without that word every look at the clock is an access to an HPET, behind
     * a lock that all CPUs share.
     */
    private static final String CPU = "max,+svm,-erms,-fsrm";
    private static final String CMDLINE = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable " +
        "transparent_hugepage=never random.trust_cpu=on";
    /** It says every 5 s that it is alive; longer than an emulator on a busy machine ever took. */
    private static final long PATIENCE_S = TimeUnit.NANOSECONDS.toSeconds(Patience.ns(120, TimeUnit.SECONDS));

    private final String qemu;
    private final int cpus;
    private final int memoryMb;
    private final Progress progress;

    /**
     * @throws ToolstackException when there is no QEMU.
     */
    LabMachine(final int cpus, final int memoryMb, final Progress progress)
    {
        this.qemu = StockProgram.find("qemu-system-x86_64", "qemu-system-x86").path().toString();
        this.cpus = cpus;
        this.memoryMb = memoryMb;
        this.progress = progress;
    }

    /**
     * A shell on our terminal.
     *
     * @return exit status.
     */
    int shell(final LabDisks.Boot boot)
    {
        final long size = Termios.windowSize(1);
        final String job = "stty rows " + rows(size) + " cols " + columns(size) + " sane < /dev/hvc0 2> /dev/null\n" +
            "setsid -c bash -l < /dev/hvc0 > /dev/hvc0 2>&1\n";
        Path directory = null;
        try
        {
            directory = Files.createTempDirectory("skerry-lab-");
            final List<String> command = command(boot, directory, job);
            command.addAll(List.of("-chardev", "stdio,id=terminal,mux=on,signal=off",
                "-mon", "terminal", "-device", "virtio-serial-pci", "-device", "virtconsole,chardev=terminal"));
            progress.onStep("");
            final Process process = new ProcessBuilder(command).inheritIO().start();
            endWithUs(process, directory);
            return process.waitFor() == 0 ? 0 : ToolstackException.EXIT_FAILURE;
        }
        catch (final IOException e)
        {
            throw new ToolstackException("the lab cannot run: " + e.getMessage());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted in the lab");
        }
        finally
        {
            Trees.deleteQuietly(directory);
        }
    }

    /**
     * Run one command, with nothing on its standard input.
     *
     * @param boot    what to boot from.
     * @param command and its arguments.
     * @param out     its standard output.
     * @param err     its standard error.
     * @return its exit status.
     * @throws ToolstackException when the machine ends before the command has, or hangs:
     *                            {@link ToolstackException#EXIT_TRY_AGAIN}.
     */
    int run(
        final LabDisks.Boot boot,
        final List<String> command,
        final PrintStream out,
        final PrintStream err)
    {
        Path directory = null;
        try
        {
            directory = Files.createTempDirectory("skerry-lab-");
            return run(boot, directory, command, out, err);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("the lab cannot run: " + e.getMessage());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted in the lab");
        }
        finally
        {
            Trees.deleteQuietly(directory);
        }
    }

    private int run(
        final LabDisks.Boot boot,
        final Path directory,
        final List<String> command,
        final PrintStream out,
        final PrintStream err) throws IOException, InterruptedException
    {
        final List<String> argv = command(boot, directory, job(command));
        argv.addAll(List.of("-monitor", "none", "-device", "virtio-serial-pci"));
        try (LabPort output = new LabPort(directory, "out");
            LabPort error = new LabPort(directory, "err");
            LabPort status = new LabPort(directory, "status"))
        {
            for (final LabPort port : List.of(output, error, status))
            {
                argv.addAll(port.arguments());
            }
            progress.onStep("starting the lab");
            final Process process = new ProcessBuilder(argv).redirectErrorStream(true)
                .redirectOutput(directory.resolve("qemu.log").toFile()).start();
            process.getOutputStream().close();
            endWithUs(process, directory);
            process.onExit().thenRun(() -> List.of(output, error, status).forEach(LabPort::stopListening));

            final LabStatus said = new LabStatus(() -> progress.onStep(""));
            final List<Thread> copies = List.of(output.copyTo(out), error.copyTo(err), status.copyTo(said));
            boolean isHung = false;
            while (!process.waitFor(1, TimeUnit.SECONDS))
            {
                if (said.silenceSeconds() > PATIENCE_S)
                {
                    isHung = true;
                    process.destroyForcibly();
                }
            }
            for (final Thread copy : copies)
            {
                copy.join();
            }
            final String how = isHung ? "hung, silent for " + PATIENCE_S + " s" : "ended before the command did";
            return said.exit().orElseThrow(() -> new ToolstackException("the lab " + how + ": " +
                lastWords(directory), ToolstackException.EXIT_TRY_AGAIN));
        }
    }

    /** A signal ends the machine, too, and leaves nothing. */
    private static void endWithUs(final Process process, final Path directory)
    {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() ->
        {
            process.destroy();
            Trees.deleteQuietly(directory);
        }));
    }

    private List<String> command(final LabDisks.Boot boot, final Path directory, final String job) throws IOException
    {
        final Path initrd = directory.resolve("initrd");
        Files.copy(boot.initrd(), initrd, StandardCopyOption.REPLACE_EXISTING);
        try (OutputStream out = Files.newOutputStream(initrd, StandardOpenOption.APPEND);
            CpioArchive archive = new CpioArchive(out))
        {
            archive.directory("lab");
            archive.file("lab/init", 0755, resource("init.sh"));
            archive.file("lab/home", 0644, boot.home().toString().getBytes(StandardCharsets.UTF_8));
            archive.file("lab/job", 0644, job.getBytes(StandardCharsets.UTF_8));
        }

        final List<String> command = new ArrayList<>(List.of(qemu, "-accel", "tcg,thread=multi", "-cpu", CPU,
            "-smp", Integer.toString(cpus), "-m", Integer.toString(memoryMb), "-nodefaults", "-display", "none",
            "-no-reboot", "-kernel", boot.kernel().toString(), "-initrd", initrd.toString(), "-append", CMDLINE,
            "-serial", "file:" + directory.resolve("boot.log")));
        for (final Path disk : List.of(boot.root(), boot.project()))
        {
            command.addAll(List.of("-drive", "if=virtio,format=raw,snapshot=on,cache=unsafe,file=" + disk));
        }
        return command;
    }

    /** Its output goes to the ports; the port of the status ends, and the machine with it, when we do. */
    private static String job(final List<String> command)
    {
        final StringBuilder quoted = new StringBuilder();
        command.forEach(word -> quoted.append(" '").append(word.replace("'", "'\\''")).append('\''));
        return """
            . /etc/profile.d/skerry.sh
            exec 3<> "$(port skerry.status)"
            echo ready >&3
            { cat <&3 > /dev/null; echo o > /proc/sysrq-trigger; } &
            while sleep 5; do echo alive; done >&3 &
            ( exec 3>&-; exec%s ) < /dev/null > "$(port skerry.out)" 2> "$(port skerry.err)"
            echo $? >&3
            """.formatted(quoted);
    }

    private static String lastWords(final Path directory)
    {
        for (final String log : List.of("qemu.log", "boot.log"))
        {
            try
            {
                final List<String> lines = Files.readAllLines(directory.resolve(log), StandardCharsets.ISO_8859_1)
                    .stream().filter(line -> !line.isBlank()).toList();
                final Optional<String> panic = lines.stream().filter(line -> line.contains("Kernel panic")).findFirst();
                if (!lines.isEmpty())
                {
                    return panic.orElseGet(lines::getLast).strip();
                }
            }
            catch (final IOException e)
            {
                continue;
            }
        }

        return "it said nothing";
    }

    private static byte[] resource(final String name) throws IOException
    {
        try (InputStream in = LabMachine.class.getResourceAsStream(name))
        {
            return in.readAllBytes();
        }
    }

    private static long rows(final long size)
    {
        return size > 0 ? size >>> Integer.SIZE : 24;
    }

    private static long columns(final long size)
    {
        return size > 0 ? size & 0xffff : 80;
    }
}
