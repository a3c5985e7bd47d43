package org.skerry.toolstack.xl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bin/launch} in a tree of its own, with a JDK that says how it was called and a Maven that makes empty jars:
 * what it decides, not what they do.
 */
@Timeout(120)
class LauncherTest
{
    @TempDir
    private Path work;
    private Path home;
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void makeTree() throws IOException
    {
        work = work.toRealPath();
        home = work.resolve("home");
        Files.createDirectories(home.resolve("bin"));
        Files.copy(Path.of("../bin/launch").toAbsolutePath().normalize(), home.resolve("bin/launch"));
        Files.setPosixFilePermissions(home.resolve("bin/launch"), PosixFilePermissions.fromString("rwxr-xr-x"));
        for (final String name : new String[]{"xl", "xm", "skerry", "xenstore-ls", "other"})
        {
            Files.createSymbolicLink(home.resolve("bin").resolve(name), Path.of("launch"));
        }
        Files.createDirectories(home.resolve("module/src/main"));
        Files.writeString(home.resolve("pom.xml"), "");
        Files.writeString(home.resolve("module/pom.xml"), "");
        Files.writeString(home.resolve("module/src/main/A.java"), "");
        makeOld(home.resolve("pom.xml"), home.resolve("module/pom.xml"), home.resolve("module/src/main/A.java"));

        jdk("jdk25", "25.0.3");
        jdk("jdk17", "17.0.15");
        script(work.resolve("tools/mvn"), """
            echo "mvn $*" >> WORK/mvn.log
            echo "JAVA_HOME=$JAVA_HOME" >> WORK/mvn.log
            [ -e WORK/broken ] && { echo "[ERROR] A.java: does not compile"; exit 1; }
            for a in "$@"; do case $a in -Dskerry.dist=*) dist=${a#-Dskerry.dist=} ;; esac; done
            mkdir -p "$dist/lib" && : > "$dist/lib/b.jar" && : > "$dist/lib/A.jar"
            """);
        environment.put("JAVA_HOME", work.resolve("jdk25").toString());
        environment.put("PATH", work.resolve("tools") + ":/usr/bin:/bin");
        environment.put("LANG", "de_DE.UTF-8");
    }

    @Test
    void shouldBuildOnFirstUseOnly() throws Exception
    {
        final Ended first = run("bin/xl", "list");
        assertEquals(0, first.code(), first.err());
        assertEquals("building Skerry, which takes a minute ...\n", first.err());
        assertEquals(new Ended(0, first.out(), ""), run("bin/xl", "list"));
        assertEquals(1, Files.readAllLines(work.resolve("mvn.log")).stream().filter(line -> line.startsWith("mvn"))
            .count());
        assertTrue(Files.readString(work.resolve("mvn.log")).contains("JAVA_HOME=" + work.resolve("jdk25")));
    }

    @Test
    void shouldBuildAgainWhenASourceIsNewerAndKeepWhatRuns() throws Exception
    {
        run("bin/xl", "list");
        final Path before = home.resolve("target/run/current").toRealPath();
        Files.setLastModifiedTime(home.resolve("module/src/main/A.java"),
            FileTime.from(Instant.now().plusSeconds(2)));

        assertEquals("building Skerry, which takes a minute ...\n", run("bin/xl", "list").err());
        assertTrue(Files.exists(before.resolve("lib/b.jar")));
        assertFalse(before.equals(home.resolve("target/run/current").toRealPath()));
    }

    @Test
    void shouldTellThatTheBuildFailedAndTryAgainNextTime() throws Exception
    {
        Files.writeString(work.resolve("broken"), "");
        final Ended failed = run("bin/xl", "list");

        assertEquals(new Ended(1, "", "building Skerry, which takes a minute ...\n" +
            "[ERROR] A.java: does not compile\nxl: the build has failed, " + home +
            "/target/run/build.log tells all\n"), failed);
        assertFalse(Files.exists(home.resolve("target/run/current")));

        Files.delete(work.resolve("broken"));
        assertEquals(0, run("bin/xl", "list").code());
    }

    @Test
    void shouldNotBuildWhereThereAreNoSources() throws Exception
    {
        run("bin/xl", "list");
        Files.delete(home.resolve("pom.xml"));
        Files.setLastModifiedTime(home.resolve("module/src/main/A.java"), FileTime.from(Instant.now().plusSeconds(9)));

        assertEquals("", run("bin/xl", "list").err());
    }

    @Test
    void shouldPassNameAndArgumentsAsTheyAre() throws Exception
    {
        final Ended ended = run("bin/xm", "create", "a b", "", "extra='x \"y\"'", "*");

        assertTrue(ended.out().endsWith("""
            <org.skerry.toolstack.xl.Xl>
            <xm>
            <create>
            <a b>
            <>
            <extra='x "y"'>
            <*>
            """), ended.out());
        assertTrue(ended.out().contains("<-Dskerry.home=" + home + ">\n"));
        assertTrue(ended.out().contains("<-Dskerry.terminals=0>\n"));
    }

    @Test
    void shouldOrderJarsTheSameInEveryLanguage() throws Exception
    {
        final String lib = home.resolve("target/run/current").toString();
        final String out = run("bin/xl").out();
        final String real = home.resolve("target/run/current").toRealPath().toString();

        assertTrue(out.contains("<" + real + "/lib/A.jar:" + real + "/lib/b.jar>\n"), out + lib);
    }

    @Test
    void shouldRunThroughLinksFromAnywhere() throws Exception
    {
        Files.createSymbolicLink(work.resolve("tools/xl"), home.resolve("bin/xl"));
        final Ended direct = run("bin/xl", "list");

        assertEquals(direct.out(), run(work.resolve("tools/xl").toString(), "list").out());
        assertEquals(direct.out(), run("/usr/bin/env", "xl", "list").out());
    }

    @Test
    void shouldTakeTheJarsItIsToldToTake() throws Exception
    {
        final Path dist = work.resolve("dist");
        Files.createDirectories(dist.resolve("lib"));
        Files.createFile(dist.resolve("lib/x.jar"));
        environment.put("SKERRY_DIST", dist.toString());

        final Ended ended = run("bin/xl", "list");
        assertTrue(ended.out().contains("<" + dist + "/lib/x.jar>\n"), ended.out());
        assertEquals("", ended.err());
        assertFalse(Files.exists(work.resolve("mvn.log")));

        environment.put("SKERRY_DIST", "/no/such/place");
        assertEquals(1, run("bin/xl", "list").code());
    }

    @Test
    void shouldPassByAnOldJava() throws Exception
    {
        environment.put("JAVA_HOME", work.resolve("jdk17").toString());
        Files.createSymbolicLink(work.resolve("tools/java"), work.resolve("jdk25/bin/java"));

        assertTrue(run("bin/xl", "list").out().startsWith("jdk25\n"));
    }

    @Test
    void shouldRunTheToolsOfXenstoreByTheirNames() throws Exception
    {
        final Ended ended = run("bin/xenstore-ls", "-p", "/local");

        assertTrue(ended.out().endsWith("""
            <org.skerry.toolstack.xenstore.XenstoreTool>
            <xenstore-ls>
            <-p>
            </local>
            """), ended.out());
    }

    @Test
    void shouldKnowItsNames() throws Exception
    {
        final Ended ended = run("bin/other");
        assertEquals(1, ended.code());
        assertTrue(ended.err().startsWith("other: is no name of a program here (xl, xm, "), ended.err());
    }

    private void jdk(final String name, final String version) throws IOException
    {
        final Path jdk = work.resolve(name);
        script(jdk.resolve("bin/java"), """
            echo NAME
            for a in "$@"; do
              case $a in -XX:AOTCacheOutput=*) exit 1 ;; esac
            done
            for a in "$@"; do echo "<$a>"; done
            """.replace("NAME", name));
        script(jdk.resolve("bin/javac"), "");
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
    }

    private void script(final Path path, final String text) throws IOException
    {
        Files.createDirectories(path.getParent());
        Files.writeString(path, "#!/bin/sh\n" + text.replace("WORK", work.toString()));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void makeOld(final Path... paths) throws IOException
    {
        for (final Path path : paths)
        {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now().minusSeconds(100)));
        }
    }

    private Ended run(final String... argv) throws Exception
    {
        final List<String> command = new ArrayList<>(List.of(argv));
        if (!argv[0].startsWith("/"))
        {
            command.set(0, home.resolve(argv[0]).toString());
        }
        final Path out = Files.createTempFile(work, "out", "");
        final Path err = Files.createTempFile(work, "err", "");
        final ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile())
            .redirectInput(Path.of("/dev/null").toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        final int code = builder.start().waitFor();

        return new Ended(code, Files.readString(out, StandardCharsets.UTF_8),
            Files.readString(err, StandardCharsets.UTF_8).replaceAll("(?m)^.*warning: setlocale.*\n", ""));
    }
}
