package org.skerry.toolstack.xenstore;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.xl.Xl;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Termios;
import org.skerry.wire.xs.XsOp;

/** The program behind {@code xenstore-ls} and its kin, and {@code xenstore COMMAND}. */
public final class XenstoreTool
{
    private static final String CONTROL = "xenstore-control";

    private final Map<String, String> environment;
    private final OutputStream out;
    private final OutputStream err;
    private final IntSupplier columns;

    /**
     * @param environment of the process: XENSTORED_PATH, XENSTORED_RUNDIR, else what says where the host is.
     * @param out         standard output.
     * @param err         standard error.
     * @param columns     tells the width of the terminal that standard output is, 0 when it is none.
     */
    XenstoreTool(
        final Map<String, String> environment,
        final OutputStream out,
        final OutputStream err,
        final IntSupplier columns)
    {
        this.environment = environment;
        this.out = out;
        this.err = err;
        this.columns = columns;
    }

    /**
     * @param args name by which the program was called, then its arguments.
     * @throws IOException when the process cannot read its own arguments, or call itself by its name.
     */
    public static void main(final String[] args) throws IOException
    {
        Files.writeString(Path.of("/proc/self/comm"), args[0].substring(args[0].lastIndexOf('/') + 1));
        final boolean isTerminal = (Integer.getInteger(Xl.TERMINALS_PROPERTY, 0) >> 1 & 1) != 0;
        final int status = new XenstoreTool(System.getenv(), new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err), () -> isTerminal ? terminalColumns() : 0)
            .run(ownArguments(args.length));
        Runtime.getRuntime().halt(status);
    }

    /** Of standard output: what the launcher knows is the width of standard error. */
    private static int terminalColumns()
    {
        return (int)Math.max(0, Termios.windowSize(1));
    }

    /** The last arguments of this process as they were given: Java's own are text, and values are bytes. */
    private static List<String> ownArguments(final int count) throws IOException
    {
        final String line = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")),
            StandardCharsets.ISO_8859_1);
        final List<String> all = List.of(line.split("\0", -1));
        return all.subList(all.size() - 1 - count, all.size() - 1);
    }

    /**
     * @param argv name by which the program was called, then its arguments; strings of bytes.
     * @return exit status.
     */
    int run(final List<String> argv)
    {
        final String program = argv.getFirst().substring(argv.getFirst().lastIndexOf('/') + 1);
        final List<String> arguments = argv.subList(1, argv.size());
        final ToolOutput output = new ToolOutput(program, out, err);

        try
        {
            final int status = CONTROL.equals(program) ?
                ControlCommand.run(socket(), output, arguments) : run(program, arguments, output);
            output.flush();
            return status;
        }
        catch (final ToolFailure | ToolstackException ex)
        {
            output.warn(ex.getMessage());
            return ex instanceof ToolFailure failure ? failure.status() : 1;
        }
        catch (final UncheckedIOException ex)
        {
            return 1;                                            // nobody reads what we have to say
        }
    }

    private int run(final String program, final List<String> arguments, final ToolOutput output)
    {
        final int dash = program.indexOf('-');
        if (dash < 0 && arguments.isEmpty())
        {
            throw new ToolFailure(1, "Usage: " + program + " <mode> [-h] [...]");
        }

        final String name = dash < 0 ? arguments.getFirst() : program.substring(dash + 1);
        final ToolCommand command = ToolCommand.ofName(name);
        if (command == null)
        {
            throw new ToolFailure(1, "unknown mode " + name + "\n");
        }

        final Options options = new Options(command, output)
            .parse(dash < 0 ? arguments.subList(1, arguments.size()) : arguments);
        if (!command.takesOperands(options.operands().size()))
        {
            throw command.usage(program);
        }

        if (command == ToolCommand.EDIT)
        {
            return EditCommand.run(socket(), environment.getOrDefault("TERM", "dumb"), options);
        }

        try (StoreConnection store = StoreConnection.connect(socket()))
        {
            return run(command, store, output, options);
        }
    }

    private int run(
        final ToolCommand command, final StoreConnection store, final ToolOutput output, final Options options)
    {
        if (!command.isTransactional(options.operands()))
        {
            return perform(command, store, output, options, 0);
        }

        while (true)
        {
            final int txId = begin(store);
            final int status = perform(command, store, output, options, txId);

            try
            {
                store.call(XsOp.TRANSACTION_END, txId, status == 0 ? "T\0" : "F\0");
                return status;
            }
            catch (final XenstoreException ex)
            {
                if (status != 0 || ex.errno() != Errno.EAGAIN)
                {
                    throw new ToolFailure(1, "couldn't end transaction");
                }

                output.pending().setLength(0);
            }
        }
    }

    private static int begin(final StoreConnection store)
    {
        try
        {
            return ValueText.atoi(store.call(XsOp.TRANSACTION_START, 0, "\0"));
        }
        catch (final XenstoreException ex)
        {
            throw new ToolFailure(1, "couldn't start transaction");
        }
    }

    private int perform(
        final ToolCommand command,
        final StoreConnection store,
        final ToolOutput output,
        final Options options,
        final int txId)
    {
        final NodeCommands nodes = new NodeCommands(store, output, options, txId);
        final List<String> operands = options.operands();

        return switch (command)
        {
            case READ -> nodes.read();
            case WRITE -> nodes.write();
            case RM -> nodes.rm();
            case EXISTS -> nodes.exists();
            case LIST -> nodes.list();
            case WATCH -> WatchCommand.run(store, output, options);
            case CHMOD ->
            {
                new PermissionChange(store, txId, operands.subList(1, operands.size()))
                    .apply(operands.getFirst(), options.has('u'), options.has('r'));
                yield 0;
            }
            case LS -> list(store, output, options);
            case EDIT -> throw new IllegalStateException(command.name());
            case LOG -> new HistoryTools(store, output, options).log();
            case DIFF -> new HistoryTools(store, output, options).diff();
        };
    }

    private int list(final StoreConnection store, final ToolOutput output, final Options options)
    {
        final String moment = options.moment();
        final NodeView past = moment == null ? null :
            new HistoryTools(store, output, options).asOf(moment, begin(store));

        for (final String path : options.operands().isEmpty() ? List.of("/") : options.operands())
        {
            final NodeView nodes = past == null ? SubtreeView.of(store, path) : past;
            new TreeListing(nodes, output, options.has('f'), options.has('p'), columns.getAsInt())
                .show(past == null ? path : StoreHistory.absolute(path), 0);
        }

        return 0;
    }

    private Path socket()
    {
        final String path = environment.get("XENSTORED_PATH");
        if (path != null)
        {
            return Path.of(path);
        }

        final String directory = environment.get("XENSTORED_RUNDIR");
        return directory != null ? Path.of(directory, "socket") :
            RunDirectory.of(environment, RunDirectory.ownUid()).xenstoreSocket();
    }
}
