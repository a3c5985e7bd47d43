package org.skerry.perf;

import java.io.PrintWriter;
import java.util.Arrays;

import org.skerry.perf.jmh.JmhCommand;
import org.skerry.perf.kernel.HostileCommand;
import org.skerry.perf.kernel.KernelCommand;
import org.skerry.perf.ring.RingCommand;
import org.skerry.perf.xenstore.StoreCommand;
import picocli.CommandLine;

/**
 * The command {@code xenperf}.
 */
public final class Xenperf
{
    private static final String USAGE = """
        Usage: xenperf ring [OPTIONS]     the ring between two domains, beside other ways to pass messages
               xenperf kernel [OPTIONS]   what the hypervisor costs: bells, maps, copies, hypercalls, memory
               xenperf hostile [OPTIONS]  what one domain at full speed costs the others
               xenperf xenstore [OPTIONS] our xenstored, beside others that listen on a socket
               xenperf jmh [REGEX] [...]  benchmarks inside of one process; all options of JMH, e.g. -prof gc

        'xenperf COMMAND --help' and 'xenperf jmh -h' tell more.""";

    private Xenperf()
    {
    }

    /**
     * @param args command and its options.
     */
    public static void main(final String[] args)
    {
        System.exit(run(args, new PrintWriter(System.out, true), new PrintWriter(System.err, true)));
    }

    /**
     * @param args command and its options.
     * @param out  for figures.
     * @param err  for everything else.
     * @return exit status: 0 when all went well, 1 when a measurement failed, 2 when the command was wrong.
     */
    public static int run(final String[] args, final PrintWriter out, final PrintWriter err)
    {
        final String command = args.length == 0 ? "" : args[0];
        final String[] rest = args.length == 0 ? args : Arrays.copyOfRange(args, 1, args.length);
        return switch (command)
        {
            case "ring" -> new CommandLine(new RingCommand())
                .setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true).execute(rest);
            case "kernel" -> new CommandLine(new KernelCommand()).setOut(out).setErr(err).execute(rest);
            case "hostile" -> new CommandLine(new HostileCommand()).setOut(out).setErr(err).execute(rest);
            case "xenstore" -> new CommandLine(new StoreCommand()).setOut(out).setErr(err).execute(rest);
            case "jmh" -> JmhCommand.run(rest, err);
            case "-h", "--help" ->
            {
                out.println(USAGE);
                yield 0;
            }
            default ->
            {
                err.println(USAGE);
                yield 2;
            }
        };
    }
}
