package org.skerry.toolstack.xl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.wire.ShutdownReason;

/** {@code xl create} as a user gives it, from the file to what the host is asked for. */
@Timeout(60)
class XlCreateTest
{
    @TempDir
    private Path work;
    private XlRig rig;

    @BeforeEach
    void start() throws IOException
    {
        rig = new XlRig(work);
    }

    @AfterEach
    void stop() throws InterruptedException
    {
        rig.stop();
    }

    @Test
    void shouldCreateFromAFileAndSayWhichItRead()
    {
        assertEquals(new Ended(0, "", "Parsing config from " + work + "/g.cfg\n"), rig.xl("create", work + "/g.cfg"));
        assertEquals(new Ended(0, "", ""), rig.xl("create", "-q", work + "/g.cfg", "name=second"));
        assertEquals(new Ended(0, "Using config file \"" + work + "/g.cfg\".\nStarted domain third (id=5)\n", ""),
            rig.run("xm", "create", work + "/g.cfg", "name=third"));

        assertEquals("3\n", rig.xl("domid", "guest").out());
        assertEquals("second\n", rig.xl("domname", "4").out());
        assertTrue(rig.xl("list", "guest").out().contains("    64     1     -b----"));
    }

    @Test
    void shouldLetTheCommandLineOverrideTheFile()
    {
        assertEquals(0, rig.xl("create", work + "/g.cfg", "memory=128", "vcpus=2", "-p").code());

        assertTrue(rig.xl("list", "guest").out().contains("   128     2     --p---"));
        assertTrue(rig.host().log().contains("create guest CreateOptions[paused=true, obeyOnActions=true]"));
        assertEquals(0, rig.xl("unpause", "guest").code());
        assertTrue(rig.xl("list", "guest").out().contains("   128     2     -b----"));
        assertEquals(0, rig.xl("pause", "guest").code());
        assertTrue(rig.xl("list", "guest").out().contains("   128     2     --p---"));
    }

    @Test
    void shouldPrintWhatItWouldCreateAndCreateNothing()
    {
        for (final String[] argv : new String[][]{{"create", "-n"}, {"-N", "create"}, {"create", "--dryrun"}})
        {
            final List<String> all = new ArrayList<>(List.of(argv));
            all.add(work + "/g.cfg");
            all.add("uuid=06ed00fe-1162-4fc4-b5d8-11993ee4a8b9");
            final Ended ended = rig.xl(all.toArray(new String[0]));

            assertEquals(0, ended.code(), ended.err());
            assertEquals(golden().replace("WORK", work.toString()), ended.out());
        }
        assertEquals(2, rig.host().domains().size());
    }

    @Test
    void shouldListAllDetailsAsJson()
    {
        assertEquals("[]\n", rig.xl("list", "-l").out());

        rig.xl("create", work + "/g.cfg", "uuid=06ed00fe-1162-4fc4-b5d8-11993ee4a8b9");
        final String json = rig.xl("list", "-l").out();
        assertEquals("[\n    " + golden().replace("WORK", work.toString()).replace("null", "3").strip()
            .replace("\n", "\n    ") + "\n]\n", json);
    }

    @Test
    void shouldReadAConfigThatOnlyTheClientCanRead() throws IOException
    {
        final Path fifo = Path.of("/proc/self/fd");
        try (var in = new FileInputStream(work.resolve("g.cfg").toFile()))
        {
            final String path = fifo + "/" + descriptorOf(work.resolve("g.cfg"));
            assertEquals("Parsing config from " + path + "\n", rig.xl("create", path).err());
            assertEquals("3\n", rig.xl("domid", "guest").out());
            assertTrue(in.available() >= 0);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "memroy=1         | :1:1: unknown key 'memroy', did you mean 'memory'?",
        "disk=['x         | :1:7: string is not closed, a ' is missing on this line",
        "disk=['x'        | :1:6: '[' of 'disk' is not closed"})
    void shouldRefuseAConfigInOneLineAndLeaveNothing(final String text, final String message) throws IOException
    {
        final Path config = rig.write("bad.cfg", text);

        assertEquals(new Ended(1, "", "Parsing config from " + config + "\n" + config + message + "\n"),
            rig.xl("create", config.toString()));
        assertEquals(2, rig.host().domains().size());
    }

    @Test
    void shouldPassOnWhatTheHostCannotDoWithItsPlace()
    {
        final String config = work + "/g.cfg";
        rig.xl("create", config);

        assertEquals(config + ":1:6: Domain 'guest' already exists with ID '3'\n",
            rig.xl("create", "-q", config).err());
        assertEquals(new Ended(1, "", "command line:2:8: I need 2097152 KiB but only have 1048576.\n"),
            rig.xl("create", "-q", config, "name=huge", "memory=2048"));
        assertEquals("Failed to read config file: none.cfg: No such file or directory\n",
            rig.xl("create", "-q", "none.cfg").err());
        assertEquals(3, rig.host().domains().size());
    }

    @Test
    void shouldSayWhatIsNotUsedUnlessQuiet() throws IOException
    {
        final Path config = rig.write("n.cfg", "name='n'\nkernel='" + work + "/k.jar'\nvnc=1\nboot='c'");

        assertEquals("Parsing config from " + config + "\n" + config + ":4:1: not used here: boot, vnc\n",
            rig.xl("create", config.toString()).err());
        assertEquals("", rig.xl("create", "-q", config.toString(), "name=m").err());
    }

    @Test
    void shouldWaitInTheForegroundUntilTheDomainIsGone() throws InterruptedException
    {
        final Thread guest = Thread.ofPlatform().start(() -> rig.follow(
            "await shutdown 3", () -> rig.host().shutDown(3, ShutdownReason.POWEROFF),
            "await gone 3", () -> rig.host().destroy(rig.host().find("3").domid())));

        assertEquals("Waiting for domain guest (domid 3) to die\n" +
            "Domain 3 has shut down, reason code 0 0x0\n", rig.xl("create", "-F", work + "/g.cfg").err()
                .replace("Parsing config from " + work + "/g.cfg\n", ""));
        guest.join();
    }

    @Test
    void shouldReadAConfigBeforeItStartsAHostForIt() throws Exception
    {
        rig.stop();
        final Path config = rig.write("bad.cfg", "name='x'\nkernel='nowhere'");

        assertEquals(new Ended(1, "", "Parsing config from " + config + "\n" + config +
            ":2:8: no such file: nowhere\n"), rig.xl("create", config.toString()));
        assertEquals(0, rig.xl("create", "-n", work + "/g.cfg").code());
        assertFalse(Files.exists(rig.runDirectory().domain0Log()));
    }

    /** @return number of our own descriptor on which a file is open. */
    private static String descriptorOf(final Path file) throws IOException
    {
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd")))
        {
            for (final Path each : descriptors)
            {
                if (Files.isSymbolicLink(each) && Files.readSymbolicLink(each).equals(file))
                {
                    return each.getFileName().toString();
                }
            }
        }

        throw new AssertionError("not open: " + file);
    }

    private static String golden()
    {
        return """
            {
                "domid": null,
                "config": {
                    "c_info": {
                        "type": "pv",
                        "name": "guest",
                        "uuid": "06ed00fe-1162-4fc4-b5d8-11993ee4a8b9"
                    },
                    "b_info": {
                        "max_vcpus": 1,
                        "avail_vcpus": [
                            0
                        ],
                        "max_memkb": 65536,
                        "target_memkb": 65536,
                        "sched_params": {
                            "weight": 256,
                            "cap": 0
                        },
                        "kernel": "WORK/k.jar"
                    },
                    "disks": [
                        {
                            "pdev_path": "WORK/a.img",
                            "vdev": "xvda",
                            "format": "raw",
                            "removable": 0,
                            "readwrite": 1,
                            "is_cdrom": 0,
                            "discard_enable": "True",
                            "trusted": "True"
                        }
                    ],
                    "nics": [
                        {
                            "devid": 0,
                            "mtu": 1500,
                            "mac": "00:16:3e:00:00:01",
                            "switch": "lan0",
                            "trusted": "True"
                        }
                    ],
                    "on_poweroff": "destroy",
                    "on_reboot": "restart",
                    "on_watchdog": "destroy",
                    "on_crash": "destroy",
                    "on_soft_reset": "soft-reset"
                }
            }
            """;
    }
}
