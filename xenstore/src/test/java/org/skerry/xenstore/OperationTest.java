package org.skerry.xenstore;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Exact answers to every operation number, over a socket unless a guest is named. */
class OperationTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();

    @BeforeEach
    void populate()
    {
        dom0.ok("WRITE", "/a|1");
        dom0.ok("WRITE", "/d/x|1");
        dom0.ok("WRITE", "/d/y|2");
        fixture.guestAtHome(5);
        fixture.existing.add(6);
    }

    @ParameterizedTest(name = "{0} {1} -> {2}")
    @CsvSource(quoteCharacter = '"', value = {
        "READ, /a|, 1",
        "READ, /d|, \"\"",
        "READ, /a, EINVAL",
        "READ, \"\", EINVAL",
        "READ, /a||, EINVAL",
        "READ, /a|x, EINVAL",
        "READ, /missing|, ENOENT",
        "READ, /a/, EINVAL",
        "READ, /a b|, EINVAL",
        "READ, @releaseDomain|, EINVAL",
        "DIRECTORY, /d|, x|y|",
        "DIRECTORY, /a|, \"\"",
        "DIRECTORY, /missing|, ENOENT",
        "DIRECTORY, /, EINVAL",
        "DIRECTORY, /|, a|d|local|tool|",
        "DIRECTORY, /tool|, xenstored|",
        "DIRECTORY_PART, /d|0, EINVAL",
        "DIRECTORY_PART, /d|, EINVAL",
        "DIRECTORY_PART, /missing|0|, ENOENT",
        "GET_PERMS, /a|, n0|",
        "GET_PERMS, /missing|, ENOENT",
        "GET_PERMS, /a, EINVAL",
        "WRITE, /a, EINVAL",
        "WRITE, \"\", EINVAL",
        "WRITE, |x, EINVAL",
        "WRITE, /a|, OK|",
        "WRITE, /new/deep/er|v, OK|",
        "WRITE, @releaseDomain|v, EINVAL",
        "WRITE, /a//b|v, EINVAL",
        "MKDIR, /a|, OK|",
        "MKDIR, /new|, OK|",
        "MKDIR, /new, EINVAL",
        "RM, /a|, OK|",
        "RM, /missing|, OK|",
        "RM, /missing/below|, ENOENT",
        "RM, /|, EINVAL",
        "SET_PERMS, /a|, EINVAL",
        "SET_PERMS, /a|r5|, OK|",
        "SET_PERMS, /a|r5|junk, OK|",
        "SET_PERMS, /a|x5|, EINVAL",
        "SET_PERMS, /a|r|, EINVAL",
        "SET_PERMS, /a|r5x|, EINVAL",
        "SET_PERMS, /a|r-1|, EINVAL",
        "SET_PERMS, /a|r99999|, EINVAL",
        "SET_PERMS, /missing|r5|, ENOENT",
        "WATCH, /a|, EINVAL",
        "WATCH, /a|t, EINVAL",
        "WATCH, /a|t|1|2|, EINVAL",
        "WATCH, /a b|t|, EINVAL",
        "UNWATCH, /a|t|, ENOENT",
        "UNWATCH, /a|, EINVAL",
        "WATCH_EVENT, /a|t|, ENOSYS",
        "ERROR, ENOENT|, ENOSYS",
        "RESTRICT, 5|, ENOSYS",
        "GET_DOMAIN_PATH, 5|, /local/domain/5|",
        "GET_DOMAIN_PATH, 00012|, /local/domain/12|",
        "GET_DOMAIN_PATH, abc|, EINVAL",
        "GET_DOMAIN_PATH, 65536|, EINVAL",
        "GET_DOMAIN_PATH, 5, EINVAL",
        "IS_DOMAIN_INTRODUCED, 5|, T|",
        "IS_DOMAIN_INTRODUCED, 6|, F|",
        "IS_DOMAIN_INTRODUCED, 0|, T|",
        "IS_DOMAIN_INTRODUCED, 32752|, T|",
        "IS_DOMAIN_INTRODUCED, |, EINVAL",
        "INTRODUCE, 6|0|, EINVAL",
        "INTRODUCE, 6|0|0|, EINVAL",
        "INTRODUCE, 6|0|-3|, EINVAL",
        "INTRODUCE, 0|0|3|, EINVAL",
        "INTRODUCE, 32752|0|3|, EINVAL",
        "INTRODUCE, 6|0|3|, OK|",
        "INTRODUCE, 5|0|3|, OK|",
        "RELEASE, 5|, OK|",
        "RELEASE, 9|, ENOENT",
        "RELEASE, 0|, EINVAL",
        "RELEASE, x|, EINVAL",
        "RESUME, 5|, OK|",
        "RESUME, 9|, ENOENT",
        "RESUME, 0|, EINVAL",
        "SET_TARGET, 5|, EINVAL",
        "SET_TARGET, 5|9|, ENOENT",
        "SET_TARGET, 5|0|, OK|",
        "RESET_WATCHES, |, OK|",
        "RESET_WATCHES, \"\", OK|",
        "GET_FEATURE, \"\", 15|",
        "GET_FEATURE, 5|, 15|",
        "GET_FEATURE, 6|, 15|",
        "GET_FEATURE, 9|, ENOENT",
        "GET_FEATURE, 5|5|, EINVAL",
        "SET_FEATURE, 6|14|, OK|",
        "SET_FEATURE, 6|16|, EINVAL",
        "SET_FEATURE, 5|14|, EBUSY",
        "SET_FEATURE, 9|14|, ENOENT",
        "SET_FEATURE, 6|, EINVAL",
        "GET_QUOTA, nodes|, 1000|",
        "GET_QUOTA, 5|watches|, 128|",
        "GET_QUOTA, 9|watches|, ENOENT",
        "GET_QUOTA, nonsense|, EINVAL",
        "GET_QUOTA, 5|nodes|x|, EINVAL",
        "SET_QUOTA, nodes|7|, OK|",
        "SET_QUOTA, 5|nodes|7|, OK|",
        "SET_QUOTA, 6|nodes|0|, OK|",
        "SET_QUOTA, 9|nodes|7|, ENOENT",
        "SET_QUOTA, nodes|, EINVAL",
        "SET_QUOTA, nodes|x|, EINVAL",
        "CONTROL, check|, OK|",
        "CONTROL, print|hello|, OK|",
        "CONTROL, print|, EINVAL",
        "CONTROL, log|on|, OK|",
        "CONTROL, log|off|, OK|",
        "CONTROL, log|+io|, OK|",
        "CONTROL, log|-io|, OK|",
        "CONTROL, log|+nonsense|, EINVAL",
        "CONTROL, log|nonsense|, EINVAL",
        "CONTROL, quota|set|nodes|500|, OK|",
        "CONTROL, quota|set|nodes|0|, EINVAL",
        "CONTROL, quota|set|nonsense|5|, EINVAL",
        "CONTROL, quota-soft|set|memory|5|, OK|",
        "CONTROL, nonsense|, EINVAL",
        "CONTROL, live-update|-b|, EINVAL",
        "CONTROL, \"\", EINVAL"})
    void shouldAnswer(final String op, final String payload, final String expected)
    {
        assertEquals(expected, dom0.ask(op, payload));
    }

    @ParameterizedTest
    @ValueSource(ints = {15, 16, 20, 27, 28, 1000, -1, Integer.MIN_VALUE})
    void shouldNotKnowOtherNumbers(final int number)
    {
        assertEquals("ENOSYS", dom0.ask(0, number, TestClient.bytes("/a|")));
    }

    @ParameterizedTest
    @CsvSource({"CONTROL, check|", "INTRODUCE, 6|0|3|", "RELEASE, 5|", "IS_DOMAIN_INTRODUCED, 5|", "RESUME, 5|",
        "SET_TARGET, 5|5|", "SET_FEATURE, 6|2|", "GET_QUOTA, nodes|", "SET_QUOTA, nodes|1|", "GET_FEATURE, 5|",
        "CONTROL, ", "INTRODUCE, x", "RELEASE, "})
    void shouldKeepGuestsAwayFromWhatIsPrivileged(final String op, final String payload)
    {
        final TestClient guest = fixture.guestAtHome(7);

        assertEquals("EACCES", guest.ask(op, payload == null ? "" : payload));
    }

    @Test
    void shouldLetGuestsAskForTheirOwnFeaturesAndForPaths()
    {
        final TestClient guest = fixture.guestAtHome(7);

        assertEquals("15|", guest.ask("GET_FEATURE", ""));
        assertEquals("/local/domain/9|", guest.ask("GET_DOMAIN_PATH", "9|"));
    }

    @Test
    void shouldKeepAnyBytesOfAValue()
    {
        final byte[] payload = new byte[3 + 256];
        System.arraycopy(TestClient.bytes("/v|"), 0, payload, 0, 3);
        for (int i = 0; i < 256; i++)
        {
            payload[3 + i] = (byte)i;
        }
        assertEquals("OK|", dom0.ask(0, 11, payload));

        final String value = dom0.ask("READ", "/v|");
        assertEquals(256, value.length());
        assertEquals('|', value.charAt(0));
        assertEquals('\u00ff', value.charAt(255));
    }

    @Test
    void shouldListALongDirectoryInParts()
    {
        for (int i = 0; i < 1000; i++)
        {
            dom0.ok("MKDIR", String.format("/long/child%04d|", i));
        }
        assertEquals("E2BIG", dom0.ask("DIRECTORY", "/long|"));

        final StringBuilder listed = new StringBuilder();
        String generation = null;
        while (true)
        {
            final String part = dom0.ask("DIRECTORY_PART", "/long|" + listed.length() + "|");
            assertTrue(part.length() <= 4096);
            final int bar = part.indexOf('|') + 1;
            assertEquals(generation == null ? part.substring(0, bar) : generation, part.substring(0, bar));
            generation = part.substring(0, bar);
            if (part.endsWith("||"))
            {
                listed.append(part, bar, part.length() - 1);
                break;
            }
            listed.append(part.substring(bar));
        }
        assertEquals(1000, listed.toString().split("\\|").length);
        assertEquals(generation + '|', dom0.ask("DIRECTORY_PART", "/long|1000000|"));
        assertEquals(generation + '|', dom0.ask("DIRECTORY_PART", "/long|-1|"));

        dom0.ok("WRITE", "/long/child0000|changes no list");
        assertTrue(dom0.ask("DIRECTORY_PART", "/long|0|").startsWith(generation));
        dom0.ok("MKDIR", "/long/another|");
        assertTrue(!dom0.ask("DIRECTORY_PART", "/long|0|").startsWith(generation));
    }

    @Test
    void shouldListAnEmptyDirectoryInOnePart()
    {
        assertTrue(dom0.ask("DIRECTORY_PART", "/a|0|").matches("[0-9]+\\|\\|"));
    }

    @Test
    void shouldShowQuotasAndSwitchesAsCDoes()
    {
        assertEquals(
            "nodes watches outstanding memory soft-memory transactions transaction-nodes node-permissions path-max " +
            "node-size|", dom0.ask("GET_QUOTA", ""));
        final List<String> lines = dom0.ask("CONTROL", "quota|").lines().toList();
        assertEquals("Quota settings:", lines.getFirst());
        assertEquals("nodes            :     1000 Nodes per domain", lines.get(1));
        assertEquals(
            "Quota settings:\nmemory           :  2097152 Total Xenstore memory per domain\n|",
            dom0.ask("CONTROL", "quota-soft|"));
        assertEquals("Log switch settings:\nio      : off\nloss    : on\nquota   : on\n|", dom0.ask("CONTROL", "log|"));
        assertTrue(dom0.ask("CONTROL", "help|").startsWith("check "));
    }

    @Test
    void shouldLogRequestsWhenAsked()
    {
        dom0.ok("CONTROL", "log|+io|");
        dom0.ask("READ", "/missing|");

        assertTrue(fixture.logged.toString().contains("domid=0 READ tx=0 /missing. -> ENOENT"));
    }
}
