package org.skerry.toolstack.xenstore;

import java.nio.file.Path;
import java.util.List;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/** {@code xenstore-control}: a command to the store itself, which knows what there is. */
final class ControlCommand
{
    private static final int USAGE = 2;
    private static final int REFUSED = 3;
    private static final String LIVE_UPDATE = "live-update";

    private ControlCommand()
    {
    }

    /**
     * @param socket    that the store listens on.
     * @param output    of the program.
     * @param arguments command and its arguments.
     * @return 0; 1 without a store; 2 without a command; 3 for one that the store refuses.
     */
    static int run(final Path socket, final ToolOutput output, final List<String> arguments)
    {
        if (arguments.isEmpty())
        {
            output.say("Usage:\n" + output.program() + " <command> [<arg>...]");
            return USAGE;
        }
        if (arguments.getFirst().equals(LIVE_UPDATE) && !hasFile(arguments))
        {
            output.say("Missing binary specification");
            return USAGE;
        }

        try (StoreConnection store = StoreConnection.connect(socket))
        {
            return run(store, output, arguments);
        }
        catch (final ToolFailure ex)
        {
            output.say("Failed to contact Xenstored.");
            return ex.status();
        }
    }

    /** The options of a live update, of which some have a value, come before the file. */
    private static boolean hasFile(final List<String> arguments)
    {
        int next = 1;
        while (next < arguments.size() && arguments.get(next).startsWith("-"))
        {
            next += arguments.get(next).equals("-F") ? 1 : 2;
        }

        return next < arguments.size();
    }

    private static int run(final StoreConnection store, final ToolOutput output, final List<String> arguments)
    {
        try
        {
            final String answer = text(store.call(XsOp.CONTROL, 0, String.join("\0", arguments) + '\0'));
            final boolean isSaid =
                !answer.isEmpty() && !(arguments.getFirst().equals(LIVE_UPDATE) && answer.equals("OK"));
            output.pending().append(isSaid ? answer + '\n' : "");
            return 0;
        }
        catch (final XenstoreException ex)
        {
            output.say(ex.errno() == Errno.EINVAL ? help(store) :
                "Error " + ex.errno().number() + " when trying to execute command.");
            return REFUSED;
        }
    }

    private static String help(final StoreConnection store)
    {
        try
        {
            return "Command not supported. Valid commands are:\n" + text(store.call(XsOp.CONTROL, 0, "help\0"));
        }
        catch (final XenstoreException ex)
        {
            return "Error when executing command.";
        }
    }

    private static String text(final String payload)
    {
        final int end = payload.indexOf('\0');
        return end < 0 ? payload : payload.substring(0, end);
    }
}
