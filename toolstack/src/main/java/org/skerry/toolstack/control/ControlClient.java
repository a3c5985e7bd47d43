package org.skerry.toolstack.control;

import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Sends one command to Domain-0 and shows what comes back.
 */
public final class ControlClient implements AutoCloseable
{
    private final ControlChannel channel;

    private ControlClient(final ControlChannel channel)
    {
        this.channel = channel;
    }

    /**
     * @param socket of Domain-0.
     * @return the client, or null when nobody takes connections there.
     */
    public static ControlClient connect(final Path socket)
    {
        try
        {
            final SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try
            {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return new ControlClient(new ControlChannel(channel));
            }
            catch (final IOException ex)
            {
                channel.close();
                return null;
            }
        }
        catch (final IOException ex)
        {
            return null;
        }
    }

    /**
     * Send the command and show its output until it is done.
     *
     * @param command to send.
     * @param out     gets what is for standard output, as bytes.
     * @param err     gets what is for standard error, as bytes.
     * @return {@link ControlMessage.Exit} or {@link ControlMessage.AttachConsole}.
     * @throws IOException when Domain-0 hung up before it answered.
     */
    public ControlMessage run(final ControlMessage.Command command, final PrintStream out, final PrintStream err)
        throws IOException
    {
        try
        {
            channel.send(command);
        }
        catch (final IOException ex)
        {
            // it may have said why before it hung up
        }

        while (true)
        {
            final ControlMessage answer = channel.receive(ControlChannel.MAX_ANSWER_LENGTH);
            switch (answer)
            {
                case null -> throw new IOException("Domain-0 hung up");
                case ControlMessage.Output output ->
                {
                    final PrintStream stream = output.stream() == ControlMessage.Output.STANDARD_ERROR ? err : out;
                    stream.write(output.bytes(), 0, output.bytes().length);
                    stream.flush();
                }
                case ControlMessage.Exit exit ->
                {
                    return exit;
                }
                case ControlMessage.AttachConsole attach ->
                {
                    return attach;
                }
                case ControlMessage.Command unexpected -> throw new IOException("Domain-0 sent a command");
            }
        }
    }

    @Override
    public void close()
    {
        channel.close();
    }
}
