package org.skerry.toolstack.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.management.AttachConsoleDecoder;
import org.skerry.wire.management.AttachConsoleEncoder;
import org.skerry.wire.management.CommandDecoder;
import org.skerry.wire.management.CommandEncoder;
import org.skerry.wire.management.ExitDecoder;
import org.skerry.wire.management.ExitEncoder;
import org.skerry.wire.management.MessageHeaderDecoder;
import org.skerry.wire.management.MessageHeaderEncoder;
import org.skerry.wire.management.OutputDecoder;
import org.skerry.wire.management.OutputEncoder;

/**
 * Messages as bytes. Whatever bytes come in, decoding ends in a message or in an {@link IOException}, and allocates no
 * more than came in.
 */
final class MessageCodec
{
    private static final int HEADER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final int GROUP_HEADER_LENGTH = 4;
    private static final int DATA_HEADER_LENGTH = 4;
    private static final int MAX_ENTRIES = 0xFFFE;

    private MessageCodec()
    {
    }

    /**
     * @param message to encode.
     * @return header and message.
     */
    static byte[] encode(final ControlMessage message)
    {
        return switch (message)
        {
            case ControlMessage.Command command -> command(command);
            case ControlMessage.Output output -> output(output);
            case ControlMessage.Exit exit -> exit(exit);
            case ControlMessage.AttachConsole attach -> attachConsole(attach);
        };
    }

    /**
     * @param bytes header and message, all of it.
     * @return the message.
     * @throws IOException when it is none of ours.
     */
    static ControlMessage decode(final byte[] bytes) throws IOException
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final MessageHeaderDecoder header = new MessageHeaderDecoder();
        if (bytes.length < HEADER_LENGTH)
        {
            throw new IOException("message is shorter than its header: length=" + bytes.length);
        }

        header.wrap(buffer, 0);
        final int blockLength = header.blockLength();
        if (header.schemaId() != CommandDecoder.SCHEMA_ID || HEADER_LENGTH + blockLength > bytes.length)
        {
            throw new IOException("not a message of ours: schema=" + header.schemaId() + ", block=" + blockLength);
        }

        try
        {
            return switch (header.templateId())
            {
                case CommandDecoder.TEMPLATE_ID -> command(buffer, header);
                case OutputDecoder.TEMPLATE_ID -> output(buffer, header);
                case ExitDecoder.TEMPLATE_ID -> exit(buffer, header);
                case AttachConsoleDecoder.TEMPLATE_ID -> attachConsole(buffer, header);
                default -> throw new IOException("unknown message: template=" + header.templateId());
            };
        }
        catch (final IndexOutOfBoundsException | IllegalArgumentException ex)
        {
            throw new IOException("message ends too early: template=" + header.templateId(), ex);
        }
    }

    private static byte[] command(final ControlMessage.Command command)
    {
        final byte[] cwd = utf8(command.cwd());
        final List<byte[]> arguments = command.argv().stream().map(MessageCodec::utf8).toList();
        long length = HEADER_LENGTH + CommandEncoder.BLOCK_LENGTH + 2 * GROUP_HEADER_LENGTH + data(cwd);
        for (final byte[] argument : arguments)
        {
            length += data(argument);
        }
        for (final Map.Entry<String, byte[]> file : command.files().entrySet())
        {
            length += data(utf8(file.getKey())) + data(file.getValue());
        }
        if (arguments.size() > MAX_ENTRIES || command.files().size() > MAX_ENTRIES || length > Integer.MAX_VALUE)
        {
            throw new IllegalArgumentException("command is too long: arguments=" + arguments.size() +
                ", length=" + length);
        }

        final byte[] bytes = new byte[(int)length];
        final CommandEncoder encoder =
            new CommandEncoder().wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderEncoder());
        encoder.columns(Math.clamp(command.columns(), 0, 0xFFFE)).terminals((short)command.terminals());
        final CommandEncoder.ArgvEncoder argv = encoder.argvCount(arguments.size());
        for (final byte[] argument : arguments)
        {
            argv.next().putArgument(argument, 0, argument.length);
        }
        final CommandEncoder.FilesEncoder files = encoder.filesCount(command.files().size());
        for (final Map.Entry<String, byte[]> file : command.files().entrySet())
        {
            files.next().path(file.getKey()).putContent(file.getValue(), 0, file.getValue().length);
        }
        encoder.putCwd(cwd, 0, cwd.length);

        return bytes;
    }

    private static ControlMessage.Command command(final UnsafeBuffer buffer, final MessageHeaderDecoder header)
        throws IOException
    {
        final CommandDecoder decoder = new CommandDecoder().wrapAndApplyHeader(buffer, 0, header);
        final int columns = decoder.columns();
        final int terminals = decoder.terminals();
        final List<String> argv = new ArrayList<>();
        for (final CommandDecoder.ArgvDecoder each : decoder.argv())
        {
            final byte[] argument = new byte[checked(each.argumentLength(), decoder.limit(), buffer)];
            each.getArgument(argument, 0, argument.length);
            argv.add(text(argument));
        }

        final Map<String, byte[]> files = new HashMap<>();
        for (final CommandDecoder.FilesDecoder each : decoder.files())
        {
            final byte[] path = new byte[checked(each.pathLength(), decoder.limit(), buffer)];
            each.getPath(path, 0, path.length);
            final byte[] content = new byte[checked(each.contentLength(), decoder.limit(), buffer)];
            each.getContent(content, 0, content.length);
            files.put(text(path), content);
        }

        final byte[] cwd = new byte[checked(decoder.cwdLength(), decoder.limit(), buffer)];
        decoder.getCwd(cwd, 0, cwd.length);
        final String directory = text(cwd);
        if (argv.isEmpty() || !directory.startsWith("/") || directory.indexOf('\0') >= 0)
        {
            throw new IOException("command without name or place: arguments=" + argv.size() + ", cwd=" + directory);
        }

        return new ControlMessage.Command(argv, directory, columns, terminals, files);
    }

    private static byte[] output(final ControlMessage.Output output)
    {
        final byte[] bytes = new byte[HEADER_LENGTH + OutputEncoder.BLOCK_LENGTH + data(output.bytes())];
        new OutputEncoder().wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderEncoder())
            .stream((short)output.stream())
            .putBytes(output.bytes(), 0, output.bytes().length);

        return bytes;
    }

    private static ControlMessage.Output output(final UnsafeBuffer buffer, final MessageHeaderDecoder header)
        throws IOException
    {
        final OutputDecoder decoder = new OutputDecoder().wrapAndApplyHeader(buffer, 0, header);
        final int stream = decoder.stream();
        final byte[] bytes = new byte[checked(decoder.bytesLength(), decoder.limit(), buffer)];
        decoder.getBytes(bytes, 0, bytes.length);

        return new ControlMessage.Output(stream, bytes);
    }

    private static byte[] exit(final ControlMessage.Exit exit)
    {
        final byte[] bytes = new byte[HEADER_LENGTH + ExitEncoder.BLOCK_LENGTH];
        new ExitEncoder().wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderEncoder())
            .code((short)exit.code())
            .endingPid(exit.endingPid());

        return bytes;
    }

    private static ControlMessage.Exit exit(final UnsafeBuffer buffer, final MessageHeaderDecoder header)
    {
        final ExitDecoder decoder = new ExitDecoder().wrapAndApplyHeader(buffer, 0, header);
        return new ControlMessage.Exit(decoder.code(), decoder.endingPid());
    }

    private static byte[] attachConsole(final ControlMessage.AttachConsole attach)
    {
        final byte[] socket = utf8(attach.socket());
        final byte[] bytes = new byte[HEADER_LENGTH + AttachConsoleEncoder.BLOCK_LENGTH + data(socket)];
        new AttachConsoleEncoder().wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderEncoder())
            .domid(attach.domid())
            .consoleId(attach.consoleId())
            .escape((short)attach.escape())
            .force((short)(attach.force() ? 1 : 0))
            .putSocket(socket, 0, socket.length);

        return bytes;
    }

    private static ControlMessage.AttachConsole attachConsole(
        final UnsafeBuffer buffer, final MessageHeaderDecoder header) throws IOException
    {
        final AttachConsoleDecoder decoder = new AttachConsoleDecoder().wrapAndApplyHeader(buffer, 0, header);
        final byte[] socket = new byte[checked(decoder.socketLength(), decoder.limit(), buffer)];
        final int domid = decoder.domid();
        final int consoleId = decoder.consoleId();
        final int escape = decoder.escape();
        final boolean force = decoder.force() != 0;
        decoder.getSocket(socket, 0, socket.length);

        return new ControlMessage.AttachConsole(text(socket), domid, consoleId, escape, force);
    }

    /** A length that the peer wrote, once it is known that as many bytes came. */
    private static int checked(final int length, final int limit, final UnsafeBuffer buffer) throws IOException
    {
        if (length < 0 || length > buffer.capacity() - limit - DATA_HEADER_LENGTH)
        {
            throw new IOException("text is longer than its message: length=" + (length & 0xFFFF_FFFFL));
        }

        return length;
    }

    private static int data(final byte[] bytes)
    {
        return DATA_HEADER_LENGTH + bytes.length;
    }

    private static byte[] utf8(final String text)
    {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(final byte[] bytes)
    {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
