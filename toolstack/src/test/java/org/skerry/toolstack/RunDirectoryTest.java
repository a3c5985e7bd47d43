package org.skerry.toolstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest
{
    @TempDir
    private Path work;

    @Test
    void shouldFollowTheRule()
    {
        assertEquals(Path.of("/x"), RunDirectory.of(Map.of("SKERRY_RUN_DIR", "/x", "XDG_RUNTIME_DIR", "/y"), 0).path());
        assertEquals(Path.of("/run/skerry"), RunDirectory.of(Map.of("XDG_RUNTIME_DIR", "/y"), 0).path());
        assertEquals(Path.of("/run/user/1000/skerry"),
            RunDirectory.of(Map.of("XDG_RUNTIME_DIR", "/run/user/1000", "SKERRY_RUN_DIR", ""), 1000).path());
        assertEquals(Path.of("/tmp/skerry-1000"), RunDirectory.of(Map.of(), 1000).path());
    }

    @Test
    void shouldNameWhatIsInIt()
    {
        final RunDirectory directory = new RunDirectory(Path.of("/run/skerry/../x"));

        assertEquals(Path.of("/run/x/xl.sock"), directory.controlSocket());
        assertEquals(Path.of("/run/x/xenstored/socket"), directory.xenstoreSocket());
        assertEquals(Path.of("/run/x/console/socket"), directory.consoleSocket());
        assertEquals(Path.of("/run/x/domain0.log"), directory.domain0Log());
    }

    @Test
    void shouldBeForItsOwnerOnly() throws IOException
    {
        final RunDirectory directory = new RunDirectory(work.resolve("a/b")).create().create();

        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())));
    }

    @Test
    void shouldRefuseWhatIsNoDirectoryOfThisUser() throws IOException
    {
        Files.createFile(work.resolve("file"));
        Files.createSymbolicLink(work.resolve("link"), work);
        for (final String name : new String[]{"file", "link"})
        {
            final RunDirectory directory = new RunDirectory(work.resolve(name));
            assertEquals("run directory " + work + "/" + name + " is not a directory of this user (set " +
                "SKERRY_RUN_DIR to one that is)", assertThrows(ToolstackException.class, directory::create)
                    .getMessage());
        }
    }

    @Test
    void shouldRefuseANameTooLongForASocket()
    {
        assertTrue(assertThrows(ToolstackException.class, () -> new RunDirectory(Path.of("/" + "x".repeat(95))))
            .getMessage().startsWith("run directory name is too long for unix sockets: "));
        assertEquals(89, new RunDirectory(Path.of("/" + "x".repeat(88))).toString().length());
    }
}
