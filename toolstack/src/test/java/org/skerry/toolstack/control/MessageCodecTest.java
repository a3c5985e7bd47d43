package org.skerry.toolstack.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class MessageCodecTest
{
    private static final ControlMessage.Command COMMAND = new ControlMessage.Command(
        List.of("xl", "create", "-c", "grüße.cfg", "", "name='x'"), "/tmp/a b", 132, 7,
        Map.of("/dev/stdin", new byte[]{0, 1, (byte)0xff}));

    @Test
    void shouldGiveBackWhatWasPutIn() throws IOException
    {
        final var command = assertInstanceOf(ControlMessage.Command.class, roundTrip(COMMAND));
        assertEquals(COMMAND.argv(), command.argv());
        assertEquals(COMMAND.cwd(), command.cwd());
        assertEquals(132, command.columns());
        assertEquals(7, command.terminals());
        assertArrayEquals(new byte[]{0, 1, (byte)0xff}, command.files().get("/dev/stdin"));

        final var output = new ControlMessage.Output(2, "ä\n".getBytes(StandardCharsets.UTF_8));
        assertEquals(output, roundTrip(output));
        assertEquals(new ControlMessage.Exit(255, 99), roundTrip(new ControlMessage.Exit(255, 99)));
        final var attach = new ControlMessage.AttachConsole("/run/skerry/console/socket", 0x7FEF, 3, -1, true);
        assertEquals(attach, roundTrip(attach));
    }

    @Test
    void shouldRefuseMessagesThatEndTooEarly()
    {
        for (final ControlMessage message : messages())
        {
            final byte[] bytes = MessageCodec.encode(message);
            for (int length = 0; length < bytes.length; length++)
            {
                final byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(IOException.class, () -> MessageCodec.decode(cut), message.toString());
            }
        }
    }

    @Test
    void shouldNeverFailOtherwiseWhateverComesIn()
    {
        final SplittableRandom random = new SplittableRandom(99);
        for (final ControlMessage message : messages())
        {
            for (int round = 0; round < 5000; round++)
            {
                final byte[] bytes = MessageCodec.encode(message);
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--)
                {
                    bytes[random.nextInt(bytes.length)] = (byte)random.nextInt();
                }
                decodeOrRefuse(bytes);
            }
        }
        for (int round = 0; round < 5000; round++)
        {
            final byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            decodeOrRefuse(bytes);
        }
    }

    @Test
    void shouldNotAllocateByALengthThatDidNotCome()
    {
        final byte[] bytes = MessageCodec.encode(new ControlMessage.Output(1, new byte[4]));
        bytes[12] = (byte)0xff;
        bytes[13] = (byte)0xff;
        bytes[14] = (byte)0xff;
        bytes[15] = 0x3f;

        assertEquals("text is longer than its message: length=1073741823",
            assertThrows(IOException.class, () -> MessageCodec.decode(bytes)).getMessage());
    }

    @Test
    void shouldRefuseACommandWithoutNameOrPlace()
    {
        assertThrows(IOException.class,
            () -> roundTrip(new ControlMessage.Command(List.of(), "/", 0, 0, Map.of())));
        assertThrows(IOException.class,
            () -> roundTrip(new ControlMessage.Command(List.of("xl"), "here", 0, 0, Map.of())));
        assertThrows(IOException.class,
            () -> roundTrip(new ControlMessage.Command(List.of("xl"), "/a\0b", 0, 0, Map.of())));
    }

    private static List<ControlMessage> messages()
    {
        return List.of(COMMAND, new ControlMessage.Output(1, new byte[10]), new ControlMessage.Exit(1, 0),
            new ControlMessage.AttachConsole("/socket", 1, 0, 29, false));
    }

    private static void decodeOrRefuse(final byte[] bytes)
    {
        try
        {
            MessageCodec.decode(bytes);
        }
        catch (final IOException ignore)
        {
            // refused
        }
    }

    private static ControlMessage roundTrip(final ControlMessage message) throws IOException
    {
        return MessageCodec.decode(MessageCodec.encode(message));
    }
}
