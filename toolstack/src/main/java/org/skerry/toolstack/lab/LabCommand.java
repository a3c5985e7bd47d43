package org.skerry.toolstack.lab;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code skerry lab}. */
@Command(name = "lab")
public final class LabCommand implements Callable<Integer>
{
    private static final String USAGE = """
        Usage: skerry lab [options] [-- COMMAND [ARGUMENT...]]

        Boot a machine in software emulation that has a /dev/kvm, with this program in /skerry, and give a shell in it;
        or run COMMAND there, and end with its exit status. Its disks are as they were when it is gone.

         --kernel 6.1|6.12   Debian's kernel that the machine runs (default: 6.1).
         --guest 6.1|6.12    Kernel that is put into examples/linux for guests (default: as --kernel).
         --cpus N            CPUs of the machine (default: 2).
         --memory MiB        Memory of the machine (default: 3072).
         --packages A,B      More of Debian's packages in the machine.
         --build             Only make what it boots from, and say where it is.

        The shell's machine ends with "exit", or at once by Ctrl-a x. A machine that dies or hangs before COMMAND ends
        is ended, status 75: the emulator does that now and then, and another try may do.
        """;

    private static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]+");

    private final PrintStream out;
    private final Path cache;
    private final Progress progress;

    @Option(names = "--kernel", defaultValue = "6.1")
    private String kernel;
    @Option(names = "--guest")
    private String guest;
    @Option(names = "--cpus", defaultValue = "2")
    private int cpus;
    @Option(names = "--memory", defaultValue = "3072")
    private int memoryMb;
    @Option(names = "--packages", split = ",")
    private List<String> packages = new ArrayList<>();
    @Option(names = "--build")
    private boolean isBuildOnly;
    @Option(names = {"-h", "--help"})
    private boolean isHelp;
    @Parameters(arity = "0..*")
    private List<String> command = new ArrayList<>();

    /**
     * @param out      standard output.
     * @param cache    directory for what is fetched and made.
     * @param progress hears of long work.
     */
    public LabCommand(final PrintStream out, final Path cache, final Progress progress)
    {
        this.out = out;
        this.cache = cache;
        this.progress = progress;
    }

    @Override
    public Integer call()
    {
        if (isHelp)
        {
            out.print(USAGE);
            return 0;
        }

        for (final String name : packages)
        {
            if (!PACKAGE.matcher(name).matches())
            {
                throw new ToolstackException("no name of a package: " + name, ToolstackException.EXIT_USAGE);
            }
        }
        final LabMachine machine = new LabMachine(cpus, memoryMb, progress);
        final LabDisks disks = new LabDisks(cache, Distribution.ofProperties(), progress);
        final LabDisks.Boot boot = disks.make(kernel, guest == null ? kernel : guest, packages);
        if (isBuildOnly)
        {
            progress.onStep("");
            out.println(boot.kernel() + "\n" + boot.initrd() + "\n" + boot.root() + "\n" + boot.project());
            return 0;
        }

        return command.isEmpty() ? machine.shell(boot) : machine.run(boot, command, out, System.err);
    }
}
