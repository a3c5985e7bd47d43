package org.skerry.wire.linux;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

@Timeout(60)
class LandlockTest
{
    private static final int ABI_SCOPE = 6;

    @AutoClose
    private final TestFiles files = new TestFiles();

    @TempDir
    private Path directory;

    @BeforeEach
    void needsLandlock()
    {
        assumeTrue(Landlock.abi() > 0, () -> "needs Landlock: abi=" + Landlock.abi());
        assertEquals("warm\nexit status 0", files.shell("echo warm"));    // a confined thread loads no classes
    }

    @Test
    void shouldConfineAChildToItsFiles() throws Exception
    {
        Files.writeString(directory.resolve("secret"), "secret\n");
        final Path own = Files.createDirectory(directory.resolve("own"));
        Files.writeString(own.resolve("old"), "old\n");
        final Path shown = Files.writeString(directory.resolve("shown"), "shown\n");
        final Landlock.Rules rules = system().readWrite(own.toString()).read(shown.toString());

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, rules.restrictSelf());
            assertEquals(
                """
                old
                new
                shown
                no secret
                no list
                no write
                no exec
                exit status 0""",
                files.shell("exec 2>/dev/null; cd '" + directory + "'\n" +
                    """
                    cat own/old; mkdir own/d; echo new >own/d/new; cat own/d/new; rm own/d/new; rmdir own/d
                    cat shown
                    cat secret || echo no secret
                    ls . || echo no list
                    echo x >>shown || echo no write
                    cp /bin/true own/program; own/program || echo no exec
                    """));
        });
        assertEquals("secret\nexit status 0", files.shell("cat '" + directory + "/secret'"));
    }

    @Test
    void shouldLeaveWhatIsOpenUsable() throws Exception
    {
        final Path path = Files.writeString(directory.resolve("disk"), "image\n");
        final int fd = files.open(Fcntl.open(path.toString(), Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0));
        final Landlock.Rules rules = system();

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, rules.restrictSelf());
            assertEquals(-TestFiles.EACCES, Fcntl.open(path.toString(), Fcntl.O_RDONLY, 0));
            assertEquals("image\nexit status 0", files.shell("cat <&3", fd));
        });
    }

    @Test
    void shouldConfineTheCallingThreadOnlyAndForEver() throws Exception
    {
        final String path = Files.writeString(directory.resolve("file"), "x").toString();
        final Landlock.Rules nothing = new Landlock.Rules();
        final Landlock.Rules everything = new Landlock.Rules().readWrite("/");

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, nothing.restrictSelf());
            assertEquals(1, Prctl.hasNoNewPrivs());
            assertEquals(-TestFiles.EACCES, Fcntl.open(path, Fcntl.O_RDONLY, 0));
            assertEquals(0, everything.restrictSelf());
            assertEquals(-TestFiles.EACCES, Fcntl.open(path, Fcntl.O_RDONLY, 0));
        });
        files.open(Fcntl.open(path, Fcntl.O_RDONLY, 0));
    }

    @Test
    void shouldKeepAChildFromSignallingOthers() throws Exception
    {
        assumeTrue(Landlock.abi() >= ABI_SCOPE, () -> "needs Linux 6.12: abi=" + Landlock.abi());
        final Landlock.Rules rules = system();

        TestFiles.onThrowAwayThread(() ->
        {
            final String kill = "kill -0 " + Unistd.getpid() + " 2>/dev/null || echo refused";
            assertEquals("exit status 0", files.shell(kill));
            assertEquals(0, rules.restrictSelf());
            assertEquals("refused\nexit status 0", files.shell(kill));
        });
    }

    @Test
    void shouldPassOverAPathThatDoesNotExist() throws Exception
    {
        final Landlock.Rules rules = system().read("/none/at/all").readWrite("/dev/null/none");

        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, rules.restrictSelf());
            assertTrue(files.shell("true").endsWith("exit status 0"));
        });
    }

    private static Landlock.Rules system()
    {
        return new Landlock.Rules()
            .readExec("/bin").readExec("/usr").readExec("/lib").readExec("/lib64")
            .read("/etc/ld.so.cache")
            .readWrite("/dev/null");
    }
}
