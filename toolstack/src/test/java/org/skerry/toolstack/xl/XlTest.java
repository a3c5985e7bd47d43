package org.skerry.toolstack.xl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.toolstack.DomainInfo;
import org.skerry.wire.ShutdownReason;

/** Commands as a user gives them: the real client, the real socket, the real server, a host in memory. */
@Timeout(60)
class XlTest
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
    void shouldListAsXlDoes()
    {
        rig.host().put(5, "guest", 64 << 10, 1, DomainInfo.State.SHUTDOWN, ShutdownReason.CRASH, false);
        rig.host().put(70, "a-domain-with-a-name-longer-than-forty-characters", 2 << 20, 16, DomainInfo.State.PAUSED,
            null, false);

        assertEquals(new Ended(0, """
            Name                                        ID   Mem VCPUs\tState\tTime(s)
            Domain-0                                     0   256     2     r-----       0.0
            driver-domain-blk                            2    16     1     -b----       2.5
            guest                                        5    64     1     ---sc-       6.2
            a-domain-with-a-name-longer-than-forty-characters    70  2048    16     --p---      86.4
            """, ""), rig.xl("list"));
        assertEquals("""
            Name                                        ID   Mem VCPUs\tState\tTime(s)
            guest                                        5    64     1     ---sc-       6.2
            """, rig.xl("list", "guest").out());
        assertEquals(rig.xl("list", "guest").out(), rig.xl("list", "5").out());
        assertEquals(rig.xl("list", "guest").out(), rig.xl("list", "12345678-0000-4000-8000-000000000005").out());
    }

    @Test
    void shouldListVerboselyAsXlDoes()
    {
        rig.host().put(5, "guest", 64 << 10, 1, DomainInfo.State.SHUTDOWN, ShutdownReason.CRASH, false);

        assertEquals("""
            Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                      \
                  Reason-Code\tSecurity Label
            guest                                        5    64     1     ---sc-       6.2 \
            12345678-0000-4000-8000-000000000005        3             full
            """, rig.xl("list", "-v", "guest").out());
        assertEquals("""
            Name                                        ID   Mem VCPUs\tState\tTime(s)   Security Label
            Domain-0                                     0   256     2     r-----       0.0             full
            """, rig.xl("list", "-Z", "0").out());
    }

    @Test
    void shouldListAsXmDoes()
    {
        assertEquals("""
            Name                                        ID   Mem VCPUs      State   Time(s)
            Domain-0                                     0   256     2     r-----      0.0
            driver-domain-blk                            2    16     1     -b----      2.5
            """, rig.run("xm", "list").out());
    }

    @ParameterizedTest
    @CsvSource({"POWEROFF,---s--", "REBOOT,---sr-", "SUSPEND,---ss-", "CRASH,---sc-", "WATCHDOG,---sw-",
        "SOFT_RESET,---sS-"})
    void shouldShowWhyADomainStopped(final ShutdownReason reason, final String letters)
    {
        rig.host().put(5, "guest", 64 << 10, 1, DomainInfo.State.SHUTDOWN, reason, false);

        assertTrue(rig.xl("list", "5").out().contains("     " + letters + "  "));
    }

    @Test
    void shouldAskADomainToShutDown()
    {
        rig.xl("create", work + "/g.cfg");

        assertEquals(new Ended(0, "", "Shutting down domain 3\n"), rig.xl("shutdown", "guest"));
        assertEquals(new Ended(0, "", "Rebooting domain 3\n"), rig.xl("reboot", "-F", "guest"));
        assertTrue(rig.host().log().containsAll(List.of("request 3 POWEROFF", "request 3 REBOOT")));
        assertEquals(new Ended(1, "", "You must specify -a or a domain id.\n"), rig.xl("shutdown"));
        assertEquals("Domain-0 is shut down by 'skerry down', with the whole host\n", rig.xl("shutdown", "0").err());
    }

    @Test
    void shouldWaitForAllThatItAsked() throws InterruptedException
    {
        rig.xl("create", work + "/g.cfg");
        rig.xl("create", work + "/g.cfg", "name=second");
        final Thread guests = Thread.ofPlatform().start(() -> rig.follow(
            "await shutdown 3", () -> rig.host().shutDown(3, ShutdownReason.POWEROFF),
            "await shutdown 4", () -> rig.host().destroy(rig.host().find("4").domid())));

        assertEquals(new Ended(0, "", """
            Shutting down domain 3
            Shutting down domain 4
            Waiting for 2 domains
            Domain 3 has been shut down, reason code 0
            Domain 4 has been destroyed
            """), rig.xl("shutdown", "-a", "-w"));
        guests.join();
    }

    @Test
    void shouldDestroyADomainButNeverDomain0()
    {
        rig.xl("create", work + "/g.cfg");

        assertEquals(new Ended(0, "", ""), rig.xl("destroy", "guest"));
        assertEquals(new Ended(1, "", "Can't get domid of domain name 'guest', maybe this domain does not exist.\n"),
            rig.xl("domid", "guest"));
        assertEquals(new Ended(1, "", "Not destroying domain 0; use -f to force.\n"), rig.xl("destroy", "0"));
        assertEquals("Domain-0 is ended by 'skerry down', with the whole host\n",
            rig.xl("destroy", "-f", "Domain-0").err());
    }

    @Test
    void shouldListDisksAsXlDoes()
    {
        rig.xl("create", work + "/g.cfg");

        assertEquals(new Ended(0, """
            Vdev  BE  handle state evt-ch ring-ref BE-path                      \s
            51712 2   3      1     -1     -1       /local/domain/2/backend/vbd/3/51712
            """, ""), rig.xl("block-list", "guest"));
    }

    @Test
    void shouldListInterfacesAsXlDoes()
    {
        rig.xl("create", work + "/g.cfg");

        assertEquals(new Ended(0, """
            Idx BE Mac Addr.         handle state evt-ch   tx-/rx-ring-ref BE-path                      \s
            0   3  00:16:3e:00:00:01     0     1     -1    -1/-1          /local/domain/3/backend/vif/3/0\s
            """.replace("vif/3/0 \n", "vif/3/0\n"), ""), rig.xl("network-list", "guest"));
        final Ended two = rig.xl("network-list", "nobody", "guest");
        assertEquals(1, two.code());
        assertEquals("nobody is an invalid domain identifier (rc=-6)\n", two.err());
        assertTrue(two.out().contains("00:16:3e:00:00:01"));
    }

    @Test
    void shouldShowInfoInTheColumnsOfTheDialect()
    {
        assertEquals("""
            host                   : rock
            nr_cpus                : 4
            nr_nodes               : 1
            cores_per_socket       : 2
            threads_per_core       : 1
            total_memory           : 4096
            xen_caps               : xen-3.0-x86_64
            build_id               :\s
            xend_config_format     : 4
            """, rig.xl("info").out());
        assertEquals("""
            host                   : rock
            nr_cpus                : 4
            nr_nodes               : 1
            sockets_per_node       : 2
            cores_per_socket       : 2
            threads_per_core       : 1
            total_memory           : 4096
            xen_caps               : xen-3.0-x86_64
            xend_config_format     : 4
            """, rig.run("xm", "info").out());
        assertEquals("rock\n", rig.xl("info", "host").out());
        assertEquals(new Ended(1, "", "no such key of info: 'hots', did you mean 'host'?\n"), rig.xl("info", "hots"));
    }

    @Test
    void shouldShowUptimeAndVmsAndMessages()
    {
        rig.host().put(5, "guest", 64 << 10, 1, DomainInfo.State.BLOCKED, null, false);

        assertTrue(rig.xl("uptime").out().matches("""
            Name {32}ID Uptime
            Domain-0 {29}0  1:02:0[0-9]
            driver-domain-blk {20}2  1:02:0[0-9]
            guest {32}5  1:02:0[0-9]
            """), rig.xl("uptime").out());
        assertTrue(rig.xl("uptime", "-s", "guest").out().matches(
            " [0-9]{2}:[0-9]{2}:[0-9]{2} up  1:02, guest \\(5\\)\n"), rig.xl("uptime", "-s", "guest").out());
        assertEquals("""
            UUID                                  ID    name
            12345678-0000-4000-8000-000000000005  5    guest                        \s
            """, rig.xl("vm-list").out());
        assertEquals("(XEN) one\n(XEN) two\n", rig.xl("dmesg", "-c").out());
        assertEquals("", rig.xl("dmesg").out());
    }

    @Test
    void shouldTakeUnambiguousBeginningsOfCommands()
    {
        assertEquals(rig.xl("list").out(), rig.xl("li").out());
        assertEquals("Domain-0\n", rig.xl("domn", "0").out());
        assertEquals(new Ended(2, "", "'dom' is the beginning of several commands: domid, domname\n"),
            rig.xl("dom", "0"));
        assertEquals(new Ended(2, "", "unknown command 'lits', did you mean 'list'?\n"), rig.xl("lits"));
        assertEquals(new Ended(2, "", "'migrate' is a command of xl that is not provided here\n"),
            rig.xl("migrate", "a", "b"));
    }

    @Test
    void shouldTellUsageErrorsInOneLine()
    {
        assertEquals(new Ended(2, "", "'xl console' requires at least 1 argument: <Domain>\n"), rig.xl("console"));
        assertEquals(new Ended(2, "", "xl list: Unknown option: '-y'\n"), rig.xl("list", "-y"));
        assertEquals(new Ended(2, "", "xl list: Unmatched argument at index 1: 'b'\n"), rig.xl("list", "a", "b"));
        assertEquals(new Ended(2, "", "'xl create' requires a config file\n"), rig.xl("create"));
        assertEquals(new Ended(2, "", "'list' has no dry run (-N)\n"), rig.xl("-N", "list"));
        assertEquals(new Ended(2, "", "unknown global option '-z'\n"), rig.xl("-z", "list"));
    }

    @Test
    void shouldSayWhichDomainDoesNotExist()
    {
        assertEquals(new Ended(1, "", "nobody is an invalid domain identifier (rc=-6)\n"), rig.xl("destroy", "nobody"));
        assertEquals(new Ended(1, "", "Error: Domain 'nobody' does not exist.\n"), rig.run("xm", "destroy", "nobody"));
        assertEquals(new Ended(1, "", "Error: Domain '99' does not exist.\n"), rig.xl("list", "99"));
        assertEquals(new Ended(1, "", work + "/g.cfg is an invalid domain identifier (rc=-6) " +
            "(it is a file, which only 'create' takes)\n"), rig.xl("shutdown", work + "/g.cfg"));
        assertEquals("Invalid domain id.\n", rig.xl("domname", "guest").err());
        assertEquals("Can't get domain name of domain id '99', maybe this domain does not exist.\n",
            rig.xl("domname", "99").err());
        assertEquals("Can't get domid of domain name '0', maybe this domain does not exist.\n",
            rig.xl("domid", "0").err());
    }

    @Test
    void shouldJoinConsolesOnlyWhereThereAreSome()
    {
        rig.xl("create", work + "/g.cfg");

        assertEquals(new Ended(1, "", "domain 3 has no console 1\n"), rig.xl("console", "-n", "1", "guest"));
        assertEquals(2, rig.xl("console", "-t", "serial", "guest").code());
        assertEquals("not an escape key: 'F1' (such as ^])\n", rig.xl("console", "-e", "F1", "guest").err());
    }

    @Test
    void shouldHelpWithoutAHost()
    {
        final Ended help = new Ended(0, rig.xl("help").out(), "");
        assertEquals(help, rig.run("xl", "--help"));
        assertTrue(help.out().startsWith("Usage: xl [-vfNtT] <command> [args]\n\n create              Create a "));
        assertEquals(1, rig.run("xl").code());
        assertTrue(rig.xl("help", "cons").out().startsWith("Usage: xl console [options] <Domain>\n"));
        assertEquals(rig.xl("help", "console"), rig.xl("console", "-h"));
    }

    @Test
    void shouldSayThatNoHostIsRunning() throws InterruptedException
    {
        rig.stop();

        assertEquals(new Ended(1, "", "no host is running (" + rig.runDirectory().controlSocket() +
            "); 'skerry up' starts it\n"), rig.xl("list"));
        assertEquals(new Ended(1, "",
            "Error: Unable to connect to xend: No such file or directory. Is xend running?\n"), rig.run("xm", "list"));
        assertEquals(new Ended(3, "not running, run directory " + rig.runDirectory() + "\n", ""),
            rig.run("skerry", "status"));
        assertEquals(new Ended(0, "not running, run directory " + rig.runDirectory() + "\n", ""),
            rig.run("skerry", "down"));
    }

    @Test
    void shouldShowAndEndTheHost() throws InterruptedException
    {
        assertEquals(new Ended(0, "already up, run directory " + rig.runDirectory() + "\n", ""),
            rig.run("skerry", "up"));
        assertEquals("""
            up, run directory RUN
            Name                        ID State       PID  Confinement
            Domain-0                     0 r-----     1000  full
            driver-domain-blk            2 -b----     1002  full
            """.replace("RUN", rig.runDirectory().toString()), rig.run("skerry", "status").out());
        assertEquals(new Ended(0, "down\n", ""), rig.run("/usr/bin/skerry", "down"));
        rig.awaitEnd();
        assertTrue(rig.host().log().contains("down"));
        assertEquals(3, rig.run("skerry", "status").code());
        assertEquals("unknown command 'skerry dwon', did you mean 'down'?\n", rig.run("skerry", "dwon").err());
    }

    @Test
    void shouldPrintEnvironmentThatAShellCanRead()
    {
        final Ended ended = rig.run("skerry", "env");

        assertTrue(ended.out().startsWith("export SKERRY_RUN_DIR='" + rig.runDirectory() +
            "'\nexport XENSTORED_PATH='" + rig.runDirectory() + "/xenstored/socket'\nexport PATH='"), ended.out());
        assertTrue(ended.out().endsWith("/bin':\"$PATH\"\n"));
    }
}
