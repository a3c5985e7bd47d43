package org.skerry.toolstack.control;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A command that is being carried out: what was typed, where, and where its output goes. Belongs to the thread that
 * carries it out.
 */
public final class CommandSession
{
    private static final int BUFFER_LENGTH = 8 << 10;

    private final ControlMessage.Command command;
    private final AnswerSink sink;
    private final PrintWriter out;
    private final PrintWriter err;
    private ControlMessage.AttachConsole attachConsole;
    private int endingPid = -1;

    CommandSession(final ControlMessage.Command command, final AnswerSink sink)
    {
        this.command = command;
        this.sink = sink;
        this.out = writer(new MessageStream(ControlMessage.Output.STANDARD_OUTPUT), false);
        this.err = writer(new MessageStream(ControlMessage.Output.STANDARD_ERROR), true);
    }

    /**
     * A command that is carried out where it was typed, without a server between.
     *
     * @param command that was typed.
     * @param sink    gets the answers.
     * @return its session.
     */
    public static CommandSession local(final ControlMessage.Command command, final AnswerSink sink)
    {
        return new CommandSession(command, sink);
    }

    /** @return name of the program, then its arguments; at least one. */
    public List<String> argv()
    {
        return command.argv();
    }

    /** @return where the command was given, absolute. */
    public Path workingDirectory()
    {
        return Path.of(command.cwd());
    }

    /** @return width of the terminal in characters, 0 when unknown. */
    public int columns()
    {
        return command.columns();
    }

    /**
     * @param fd 0 to 2.
     * @return true when that descriptor of the command is a terminal.
     */
    public boolean isTerminal(final int fd)
    {
        return (command.terminals() >> fd & 1) != 0;
    }

    /**
     * @param path as it stands in {@link #argv()}.
     * @return the content that the command sent along because only it can read it, or null.
     */
    public byte[] file(final String path)
    {
        return command.files().get(path);
    }

    /** @return the command's standard output. Lines end in a newline, never in anything else. */
    public PrintWriter out()
    {
        return out;
    }

    /** @return the command's standard error; each line goes out at once. */
    public PrintWriter err()
    {
        return err;
    }

    /**
     * Let the command join a console when it is carried out, and exit as that does.
     *
     * @param attach which, and how.
     */
    public void attachConsole(final ControlMessage.AttachConsole attach)
    {
        attachConsole = attach;
    }

    /**
     * End the server when this command is answered.
     *
     * @param pid process for whose end the command is to wait; 0 for none.
     */
    public void endServer(final int pid)
    {
        endingPid = Math.max(pid, 0);
    }

    boolean endsServer()
    {
        return endingPid >= 0;
    }

    /**
     * Send what was written, and how the command ended.
     *
     * @param code exit status, 0 to 255.
     * @throws IOException when the command is gone.
     */
    public void answer(final int code) throws IOException
    {
        err.flush();
        out.flush();
        sink.send(attachConsole != null ? attachConsole : new ControlMessage.Exit(code, Math.max(endingPid, 0)));
    }

    private static PrintWriter writer(final OutputStream stream, final boolean autoFlush)
    {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), autoFlush)
        {
            @Override
            public void println()
            {
                write('\n');
                if (autoFlush)
                {
                    flush();
                }
            }
        };
    }

    /** Gathers bytes and sends them as messages. */
    private final class MessageStream extends OutputStream
    {
        private final int stream;
        private final byte[] bytes = new byte[BUFFER_LENGTH];
        private int length;

        MessageStream(final int stream)
        {
            this.stream = stream;
        }

        @Override
        public void write(final int b) throws IOException
        {
            if (length == bytes.length)
            {
                send();
            }
            bytes[length++] = (byte)b;
        }

        @Override
        public void write(final byte[] source, final int offset, final int count) throws IOException
        {
            int done = 0;
            while (done < count)
            {
                if (length == bytes.length)
                {
                    send();
                }
                final int step = Math.min(count - done, bytes.length - length);
                System.arraycopy(source, offset + done, bytes, length, step);
                length += step;
                done += step;
            }
        }

        @Override
        public void flush() throws IOException
        {
            if (stream == ControlMessage.Output.STANDARD_ERROR && length > 0)
            {
                out.flush();
            }
            send();
        }

        private void send() throws IOException
        {
            if (length > 0)
            {
                final byte[] piece = Arrays.copyOf(bytes, length);
                length = 0;
                sink.send(new ControlMessage.Output(stream, piece));
            }
        }
    }
}
