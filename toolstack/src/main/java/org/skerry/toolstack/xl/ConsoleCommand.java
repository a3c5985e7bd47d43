package org.skerry.toolstack.xl;

import java.util.concurrent.Callable;
import org.skerry.toolstack.ConsoleEndpoint;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.control.ControlMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code xl console}. */
@Command(name = "console")
final class ConsoleCommand implements Callable<Integer>
{
    /** {@code ^]}. */
    static final int DEFAULT_ESCAPE = 0x1D;

    private final Invocation invocation;

    @Option(names = "-t", paramLabel = "TYPE")
    private String type = "pv";
    @Option(names = "-n", paramLabel = "NUMBER")
    private int number;
    @Option(names = "-e", paramLabel = "ESCAPE")
    private String escape;
    @Option(names = {"-f", "--force"})
    private boolean force;
    @Parameters(arity = "1", paramLabel = "<Domain>")
    private String domain;

    ConsoleCommand(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    @Override
    public Integer call()
    {
        if (!"pv".equals(type))
        {
            throw new ToolstackException("no console of type '" + type + "', there is only pv",
                ToolstackException.EXIT_USAGE);
        }

        attach(invocation, invocation.host().consoleOf(invocation.domain(domain).domid(), number), escapeByte(),
            force);
        return 0;
    }

    static void attach(
        final Invocation invocation, final ConsoleEndpoint endpoint, final int escape, final boolean force)
    {
        invocation.session().attachConsole(new ControlMessage.AttachConsole(endpoint.socket().toString(),
            endpoint.domid().value(), endpoint.consoleId(), escape, force));
    }

    /** A character, or one with Control: {@code ^]}. */
    private int escapeByte()
    {
        if (escape == null)
        {
            return DEFAULT_ESCAPE;
        }
        if (escape.length() == 2 && escape.charAt(0) == '^' && escape.charAt(1) >= '@' && escape.charAt(1) <= '~')
        {
            return escape.charAt(1) & 0x1F;
        }
        if (escape.length() == 1 && escape.charAt(0) < 0x80)
        {
            return escape.charAt(0);
        }

        throw new ToolstackException("not an escape key: '" + escape + "' (such as ^])", ToolstackException.EXIT_USAGE);
    }
}
