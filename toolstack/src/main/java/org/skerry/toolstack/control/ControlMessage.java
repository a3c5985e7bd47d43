package org.skerry.toolstack.control;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What passes between a command and Domain-0.
 */
public sealed interface ControlMessage
{
    /**
     * What the user typed, and where.
     *
     * @param argv      name of the program, then its arguments; at least one.
     * @param cwd       working directory, absolute.
     * @param columns   width of the terminal, 0 when unknown.
     * @param terminals bit n: descriptor n is a terminal.
     * @param files     content of files that only the command can read, by their path in {@code argv}.
     */
    record Command(List<String> argv, String cwd, int columns, int terminals, Map<String, byte[]> files)
        implements ControlMessage
    {
        /** What was typed does not change. */
        public Command
        {
            argv = List.copyOf(argv);
            files = Map.copyOf(files);
        }
    }

    /**
     * Text for one of the command's descriptors.
     *
     * @param stream {@link #STANDARD_OUTPUT} or {@link #STANDARD_ERROR}.
     * @param bytes  UTF-8.
     */
    record Output(int stream, byte[] bytes) implements ControlMessage
    {
        /** Standard output. */
        public static final int STANDARD_OUTPUT = 1;
        /** Standard error. */
        public static final int STANDARD_ERROR = 2;

        @Override
        public boolean equals(final Object other)
        {
            return other instanceof Output(var otherStream, var otherBytes) &&
                stream == otherStream && Arrays.equals(bytes, otherBytes);
        }

        @Override
        public int hashCode()
        {
            return 31 * stream + Arrays.hashCode(bytes);
        }
    }

    /**
     * The command is done.
     *
     * @param code      exit status, 0 to 255.
     * @param endingPid process that ends with this command, for whose end the command is to wait; 0 for none.
     */
    record Exit(int code, int endingPid) implements ControlMessage
    {
    }

    /**
     * The command is to join a console, and to exit as that does.
     *
     * @param socket    of the console domain, an absolute path.
     * @param domid     whose console.
     * @param consoleId which of its consoles.
     * @param escape    byte that leaves, or -1 for none.
     * @param force     take it from whoever holds it.
     */
    record AttachConsole(String socket, int domid, int consoleId, int escape, boolean force) implements ControlMessage
    {
    }
}
