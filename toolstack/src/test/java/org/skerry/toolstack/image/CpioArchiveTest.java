package org.skerry.toolstack.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CpioArchiveTest
{
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void shouldWriteAFileAsTheSpecificationSpellsIt() throws IOException
    {
        new CpioArchive(out).file("a/bc", 0755, "hello".getBytes(StandardCharsets.US_ASCII));

        assertEquals("070701" +
            "00000001" +                                   // inode
            "000081ED" +                                   // mode
            "00000000" + "00000000" +                      // uid, gid
            "00000001" + "00000000" +                      // links, time
            "00000005" +                                   // file size
            "00000000" + "00000000" +                      // device that holds it
            "00000000" + "00000000" +                      // device that it is
            "00000005" + "00000000" +                      // length of the name with its NUL, checksum
            "a/bc\0" + "\0" + "hello" + "\0\0\0", text());
    }

    @Test
    void shouldWriteDevicesLinksAndDirectories() throws IOException
    {
        final CpioArchive archive = new CpioArchive(out);
        archive.device("c", 5, 1);
        archive.link("l", "to");
        archive.directory("d");

        final String text = text();
        assertEquals("00002180", text.substring(14, 22));
        assertEquals("00000005" + "00000001", text.substring(78, 94));
        assertEquals("0000A1FF", text.substring(112 + 14, 112 + 22));
        assertEquals("000041ED", text.substring(112 + 116 + 14, 112 + 116 + 22));
    }

    @Test
    void shouldEndInAWholeBlockSoThatAnotherArchiveCanFollow() throws IOException
    {
        final CpioArchive archive = new CpioArchive(out);
        archive.file("x", 0644, new byte[1000]);
        archive.close();

        assertEquals(0, out.size() % 512);
        assertEquals("TRAILER!!!", text().substring(1112 + 110, 1112 + 120));
    }

    private String text()
    {
        return out.toString(StandardCharsets.US_ASCII);
    }
}
