package org.skerry.wire.management;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The bytes between a command and Domain-0: a Domain-0 keeps running while the commands are built anew. */
class ManagementLayoutTest
{
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    @Test
    void shouldKeepTheIdsAndBlocks()
    {
        assertEquals(8, MessageHeaderEncoder.ENCODED_LENGTH);
        assertEquals(30, CommandEncoder.SCHEMA_ID);
        assertEquals(1, CommandEncoder.TEMPLATE_ID);
        assertEquals(4, CommandEncoder.BLOCK_LENGTH);
        assertEquals(0, CommandEncoder.columnsEncodingOffset());
        assertEquals(2, CommandEncoder.terminalsEncodingOffset());
        assertEquals(2, OutputEncoder.TEMPLATE_ID);
        assertEquals(4, OutputEncoder.BLOCK_LENGTH);
        assertEquals(0, OutputEncoder.streamEncodingOffset());
        assertEquals(3, ExitEncoder.TEMPLATE_ID);
        assertEquals(8, ExitEncoder.BLOCK_LENGTH);
        assertEquals(0, ExitEncoder.codeEncodingOffset());
        assertEquals(4, ExitEncoder.endingPidEncodingOffset());
        assertEquals(4, AttachConsoleEncoder.TEMPLATE_ID);
        assertEquals(8, AttachConsoleEncoder.BLOCK_LENGTH);
        assertEquals(0, AttachConsoleEncoder.domidEncodingOffset());
        assertEquals(2, AttachConsoleEncoder.consoleIdEncodingOffset());
        assertEquals(4, AttachConsoleEncoder.escapeEncodingOffset());
        assertEquals(6, AttachConsoleEncoder.forceEncodingOffset());
    }

    @Test
    void shouldLayOutACommandByteForByte()
    {
        final CommandEncoder command = new CommandEncoder().wrapAndApplyHeader(buffer, 0, header);
        command.columns(80).terminals((short)6).reserved((short)0);
        command.argvCount(2).next().argument("xl").next().argument("list");
        command.filesCount(0);
        command.cwd("/");

        assertEquals("040001001e000000" +      // block 4, template 1, schema 30, version 0
            "50000600" +                            // 80 columns, output and error are terminals
            "00000200" +                            // argv: entries of block 0, two of them
            "02000000786c" + "040000006c697374" +   // "xl", "list"
            "00000000" +                            // files: none
            "010000002f",                           // "/"
            hex(8 + command.encodedLength()));
    }

    @Test
    void shouldLayOutTheAnswersByteForByte()
    {
        final OutputEncoder output = new OutputEncoder().wrapAndApplyHeader(buffer, 0, header);
        output.stream((short)2);
        buffer.setMemory(8 + 1, 3, (byte)0);
        output.putBytes("no".getBytes(StandardCharsets.UTF_8), 0, 2);
        assertEquals("040002001e000000" + "02000000" + "020000006e6f", hex(8 + output.encodedLength()));

        buffer.setMemory(0, 256, (byte)0);
        final ExitEncoder exit = new ExitEncoder().wrapAndApplyHeader(buffer, 0, header);
        exit.code((short)255).reserved1((short)0).reserved2(0).endingPid(0x01020304);
        assertEquals("080003001e000000" + "ff00000004030201", hex(8 + exit.encodedLength()));

        final AttachConsoleEncoder attach = new AttachConsoleEncoder().wrapAndApplyHeader(buffer, 0, header);
        attach.domid(5).consoleId(0).escape((short)29).force((short)1).reserved((short)0).socket("/s");
        assertEquals("080004001e000000" + "05000000" + "1d000100" + "020000002f73", hex(8 + attach.encodedLength()));
    }

    private String hex(final int length)
    {
        return HexFormat.of().formatHex(buffer.byteArray(), 0, length);
    }
}
