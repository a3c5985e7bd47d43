package org.skerry.tests.house;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.skerry.guest.EventLoop;
import org.skerry.guest.StockXen;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.xenstore.XenstoreServer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Other people's clients of xenstore, unmodified, against our socket: what each of them does is a row of
 * {@code docs/xenstore-compatibility.md}, and fails here when it does not do it any more. A client that is not there is
 * skipped. To write the sections of those that are there anew: {@code -Dskerry.matrix.write=true}.
 */
@Timeout(120)
class XenstoreCompatibilityTest
{
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path PAGE = ROOT.resolve("docs/xenstore-compatibility.md");
    private static final String VERSION = "Version: ";
    private static final String OK = "ok";
    private static final Path BUILT_TEST = ROOT.resolve("target/peers/test-xenstore");
    private static final Path XEN_UTILS = StockXen.program("test-xenstore")
        .map(Path::getParent).orElse(Path.of("/usr/lib/xen-4.17/bin"));
    private static final Pattern SECTION = Pattern.compile("(?ms)^## (.*?)\n(.*?)(?=^## |\\z)");

    /** Operation, exit status and output. */
    private static final String[][] OPERATIONS = {
        {"xenstore-write /a/b one /a/c 'two words'", "0", ""},
        {"xenstore-write -R /a/raw '\\x41'", "0", ""},
        {"xenstore-write /a/escaped '\\x01\\n'", "0", ""},
        {"xenstore-read /a/b /a/c", "0", "one\ntwo words\n"},
        {"xenstore-read -p /a/b", "0", "/a/b: one\n"},
        {"xenstore-read -R /a/raw", "0", "\\x41"},
        {"xenstore-read -s /a/escaped", "0", "\\001\\n\n"},
        {"xenstore-read /none", "1", ""},
        {"xenstore-list /a", "0", "b\nc\nescaped\nraw\n"},
        {"xenstore-list -p /a", "0", "/a/b\n/a/c\n/a/escaped\n/a/raw\n"},
        {"xenstore-list /none", "1", ""},
        {"xenstore-exists /a/b /a/c", "0", ""},
        {"xenstore-exists /none", "1", ""},
        {"xenstore-chmod /a/b n0 r5", "0", ""},
        {"xenstore-ls -f -p /a | head -n 1 | tr -d ' .'", "0", "/a/b=\"one\"(n0,r5)\n"},
        {"xenstore-chmod -r /a n0 w7", "0", ""},
        {"xenstore-ls -fp /a | grep -c n0,w7", "0", "4\n"},
        {"xenstore-chmod -u /a/b n0", "0", ""},
        {"xenstore-ls /a | head -n 1", "0", "b = \"one\"\n"},
        {"xenstore-ls -s -f /a/b", "0", ""},
        {"xenstore-ls /none", "1", ""},
        {"xenstore-watch -n 1 /a", "0", "/a\n"},
        {"xenstore-watch -n 2 /a @introduceDomain", "0", "/a\n@introduceDomain\n"},
        {"xenstore-rm /a/c", "0", ""},
        {"xenstore-rm /none/x", "1", ""},
        {"xenstore-write /x/y/z 1 && xenstore-rm -t /x/y/z && xenstore-exists /x", "1", ""},
        {"for i in $(seq 30); do xenstore-write $(seq -f '/many/c%g v' $((i*50)) $((i*50+49))); done", "0", ""},
        {"xenstore-list /many | wc -l", "0", "1500\n"},
        {"xenstore-ls -f /many | wc -l", "0", "1500\n"},
        {"xenstore-rm /many && xenstore-exists /many", "1", ""},
        {"xenstore ls -f /a/b", "0", ""}};

    private static final String[][] CONTROLS = {
        {"xenstore-control check", "0", "OK\n"},
        {"xenstore-control help | grep -c '^live-update '", "0", "1\n"},
        {"xenstore-control log on && xenstore-control log off", "0", "OK\nOK\n"},
        {"xenstore-control log +io && xenstore-control log | grep -c '^io *: on'", "0", "OK\n1\n"},
        {"xenstore-control log -io && xenstore-control log | grep -c '^io *: off'", "0", "OK\n1\n"},
        {"xenstore-control memreport | grep -c '^nodes '", "0", "1\n"},
        {"xenstore-control print text", "0", "OK\n"},
        {"xenstore-control quota set nodes 2000", "0", "OK\n"},
        {"xenstore-control quota | grep '^nodes ' | tr -d ' '", "0", "nodes:2000Nodesperdomain\n"},
        {"xenstore-control quota 0 | head -n 1", "0", "Domain 0:\n"},
        {"xenstore-control quota-soft set memory 1000000", "0", "OK\n"},
        {"xenstore-control quota-soft | grep -c 1000000", "0", "1\n"},
        {"xenstore-control quota set nonsense 1", "3", ""},
        {"xenstore-control nonsense 2>&1 | head -n 1", "0", "Command not supported. Valid commands are:\n"}};

    private static final String HEAD = """
        # Clients of xenstore

        What other people's clients do with our xenstore over its unix socket, unmodified. Each row was tried when this
        page was written, and is tried again by `XenstoreCompatibilityTest` in each run of the tests on a machine that
        has the client. To write the sections of the clients that are there anew:

        ```
        tests/test-xenstore.sh RELEASE-4.22.0        # Xen's own test program of a release that is not Debian's
        mvn -q -pl tests -am -Dtest=XenstoreCompatibilityTest -Dskerry.matrix.write=true \\
          -Dsurefire.failIfNoSpecifiedTests=false test
        ```

        How `bin/xenstore-*` compare with their namesakes, byte for byte, `StockToolsTest` tells.

        """;

    @TempDir
    private Path directory;
    private final EventLoop loop = new EventLoop();
    private Thread thread;
    private int listener;

    private enum Client
    {
        PROGRAMS("xenstore-ls and its kin", "/usr/bin/xenstore-ls", "xenstore-utils"),
        LIBXENSTORE("libxenstore, called as from C", "/usr/lib/x86_64-linux-gnu/libxenstore.so.4", "libxenstore4"),
        PYXS("pyxs (Python, a protocol client of its own)", "/usr/lib/python3/dist-packages/pyxs/client.py",
            "python3-pyxs"),
        CONTROL("xenstore-control", XEN_UTILS.resolve("xenstore-control").toString(), xenUtils()),
        XEN_TEST("test-xenstore of Xen", xenTest().toString(), xenUtils());

        private final String title;
        private final Path file;
        private final String debianPackage;

        Client(final String title, final String file, final String debianPackage)
        {
            this.title = title;
            this.file = Path.of(file);
            this.debianPackage = debianPackage;
        }

        String reason()
        {
            return "peer missing: " + title + " (package " + debianPackage + "); its rows were not tried";
        }

        /** @return one that was built, or else Debian's. */
        private static Path xenTest()
        {
            return Files.exists(BUILT_TEST) ? BUILT_TEST : XEN_UTILS.resolve("test-xenstore");
        }

        /** @return Debian's package of a release, as {@code xen-utils-4.17}. */
        private static String xenUtils()
        {
            return XEN_UTILS.getParent().getFileName().toString().replace("xen-", "xen-utils-");
        }
    }

    private record Row(String operation, String result)
    {
    }

    private record Ended(int status, String out)
    {
    }

    @BeforeEach
    void start()
    {
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        assertEquals(0, SysSocket.bindUnix(listener, socket()));
        assertEquals(0, SysSocket.listen(listener, 128));
        new XenstoreServer(loop, listener);
        thread = Thread.ofPlatform().name("xenstore-server").start(loop::run);
    }

    @AfterEach
    void stop() throws InterruptedException
    {
        loop.execute(loop::stop);
        thread.join();
        Unistd.close(listener);
    }

    @ParameterizedTest
    @EnumSource
    void shouldDoWhatThePageSays(final Client client) throws Exception
    {
        assumeTrue(Files.exists(client.file), client::reason);
        final List<Row> rows = switch (client)
        {
            case PROGRAMS -> programs(OPERATIONS);
            case LIBXENSTORE -> script("libxenstore-client.py");
            case PYXS -> script("pyxs-client.py");
            case CONTROL -> programs(CONTROLS);
            case XEN_TEST -> xenTest(client.file);
        };
        assertFalse(rows.isEmpty());
        assertEquals(List.of(), rows.stream().filter(row -> !row.result.startsWith(OK)).toList());

        final Map<String, String> sections = sections();
        final String body = body(rows);

        if (Boolean.getBoolean("skerry.matrix.write"))
        {
            sections.put(client.title, VERSION + version(client) + "\n\n" + body);
            write(sections);
        }

        final String written = sections.getOrDefault(client.title, "");
        assertTrue(written.startsWith(VERSION), "no section of " + client.title);
        assertEquals(body, written.substring(written.indexOf('\n') + 2), "write it anew: -Dskerry.matrix.write=true");
    }

    private static String body(final List<Row> rows)
    {
        final StringBuilder body = new StringBuilder("| operation | result |\n|---|---|\n");
        rows.forEach(row -> body.append("| `").append(row.operation.replace("|", "\\|")).append("` | ")
            .append(row.result).append(" |\n"));
        return body.append('\n').toString();
    }

    private static Map<String, String> sections() throws IOException
    {
        final Map<String, String> sections = new LinkedHashMap<>();
        final Matcher section = SECTION.matcher(Files.exists(PAGE) ? Files.readString(PAGE) : "");
        while (section.find())
        {
            sections.put(section.group(1), section.group(2));
        }

        return sections;
    }

    private static void write(final Map<String, String> sections) throws IOException
    {
        final StringBuilder page = new StringBuilder(HEAD);
        for (final Client client : Client.values())
        {
            if (sections.containsKey(client.title))
            {
                page.append("## ").append(client.title).append('\n').append(sections.get(client.title));
            }
        }
        Files.writeString(PAGE, page);
    }

    private String version(final Client client) throws Exception
    {
        return client.file.equals(BUILT_TEST) ?
            Files.readString(client.file.resolveSibling("test-xenstore.version")).strip() :
            client.debianPackage + ' ' + sh("dpkg-query -W -f '${Version}' " + client.debianPackage).out;
    }

    /** One operation after the other with the same store. */
    private List<Row> programs(final String[][] operations) throws Exception
    {
        final List<Row> rows = new ArrayList<>();
        for (final String[] operation : operations)
        {
            final Ended ended = sh(operation[0]);
            final boolean isRight = ended.equals(new Ended(Integer.parseInt(operation[1]), operation[2]));
            final String right = ended.status == 0 ? OK : OK + ", ends with " + ended.status;
            rows.add(new Row(operation[0], isRight ? right : ended.toString()));
        }

        return rows;
    }

    /** What a script of ours prints, which does with the client what there is to do. */
    private List<Row> script(final String name) throws Exception
    {
        final Path script = directory.resolve(name);
        try (InputStream in = XenstoreCompatibilityTest.class.getResourceAsStream(name))
        {
            Files.write(script, in.readAllBytes());
        }
        final Ended ended = sh("/usr/bin/python3 " + script);
        assertEquals(0, ended.status, ended.out);

        return ended.out.lines().map(line -> line.split("\t", 2)).map(words -> new Row(words[0], words[1])).toList();
    }

    /** Each of its tests many times; it says how long that took, or at what it stopped. */
    private List<Row> xenTest(final Path program) throws Exception
    {
        final List<Row> rows = new ArrayList<>();
        for (final String line : sh(program + " -l").out.lines().toList())
        {
            final String[] words = line.split(":", 2);
            final Ended ended = sh(program + " -i 50 -t '" + words[0].strip() + "'");
            final boolean isRight = ended.status == 0 && ended.out.contains("avg: ");
            rows.add(new Row(words[0].strip() + ": " + words[1].strip(), isRight ? OK : ended.toString()));
        }
        final Ended random = sh(program + " -i 50 -r 1");
        rows.add(new Row("-r: all of them in random order for a second", random.status == 0 ? OK : random.toString()));

        return rows;
    }

    private Ended sh(final String command) throws IOException, InterruptedException
    {
        final ProcessBuilder builder = new ProcessBuilder(Arrays.asList("sh", "-c", command))
            .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("XENSTORED_PATH", socket());
        builder.environment().merge("PATH", XEN_UTILS.toString(), (path, first) -> first + ":" + path);
        final Process process = builder.start();
        process.getOutputStream().close();
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        return new Ended(process.waitFor(), out);
    }

    private String socket()
    {
        return directory.resolve("socket").toString();
    }
}
