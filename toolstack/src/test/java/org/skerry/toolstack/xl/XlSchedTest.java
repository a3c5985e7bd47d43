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

/** Commands about CPUs, memory and what the hypervisor says, as a user gives them. */
@Timeout(60)
class XlSchedTest
{
    @TempDir
    private Path work;
    private XlRig rig;

    @BeforeEach
    void start() throws IOException
    {
        rig = new XlRig(work);
        rig.host().put(5, "guest", 64 << 10, 3, DomainInfo.State.BLOCKED, null, false);
    }

    @AfterEach
    void stop() throws InterruptedException
    {
        rig.stop();
    }

    @Test
    void shouldShowAndSetWeightAndCapAsXlDoes()
    {
        assertEquals(new Ended(0, "", ""), rig.xl("sched-credit", "-d", "guest", "-w", "128"));
        assertEquals(new Ended(0, "", ""), rig.xl("sched-credit2", "-d", "5", "-c", "25"));
        assertEquals(new Ended(0, """
            Name                                ID Weight  Cap
            guest                                5    128   25
            """, ""), rig.xl("sched-credit", "-d", "guest"));
        assertEquals("""
            Cpupool Pool-0: tslice=0ms ratelimit=0us migration-delay=0us
            Name                                ID Weight  Cap
            Domain-0                             0    256    0
            driver-domain-blk                    2    256    0
            guest                                5    128   25
            """, rig.xl("sched-credit").out());
        assertTrue(rig.xl("sched-credit2").out().startsWith("Cpupool Pool-0: ratelimit=0us\nName "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', value = {
        "sched-credit -w 5 ! 1 ! Must specify a domain.",
        "sched-credit -d guest -w 0 ! 1 ! Cpu weight out of range, valid values are within range from 1 to 65535",
        "sched-credit -d guest -c -1 ! 1 ! Cpu cap out of range, valid range is from 0 to 102400",
        "sched-credit -d nobody ! 1 ! nobody is an invalid domain identifier (rc=-6)",
        "vcpu-pin guest x 0 ! 1 ! Error: Invalid argument x as VCPU.",
        "vcpu-pin guest 0 9 ! 1 ! Error: '9' names none of the 4 CPUs of this host",
        "vcpu-pin guest ! 2 ! 'xl vcpu-pin' requires at least 1 argument: <VCPU|all>",
        "mem-set guest 12x ! 1 ! invalid memory size: 12x",
        "mem-set guest 129 ! 1 ! too much",
        "sysrq guest ! 2 ! 'xl sysrq' requires at least 1 argument: <letter>",
        "sysrq guest bb ! 1 ! Invalid sysrq.",
        "block-attach guest ! 2 ! 'xl block-attach' requires at least 1 argument: <disk>",
        "block-attach guest /dev/zero,raw ! 1 ! disk:1:14: no virtual device (vdev) in disk '/dev/zero,raw'",
        "block-attach guest file:/no/such,xvdb,w ! 1 ! disk:1:6: no such file: /no/such",
        "block-detach guest zap ! 1 ! unknown device 'zap' (xvda, xvda1, sda1, hdc, d0p1 or a number)",
        "pause ! 1 ! You must specify -a or a domain id.",
        "pause -a guest ! 1 ! You must specify -a or a domain id.",
        "debug-keys ! 2 ! 'xl debug-keys' requires at least 1 argument: <Keys>",
        "top -b -d 0 ! 2 ! a delay is more than 0 seconds, a number of iterations not less than 0"})
    void shouldRefuseInOneLine(final String command, final int code, final String error)
    {
        assertEquals(new Ended(code, "", error + "\n"), rig.xl(command.split(" ")));
    }

    @Test
    void shouldListAndPinVirtualCpusAsXlDoes()
    {
        assertEquals(new Ended(0, "", ""), rig.xl("vcpu-pin", "guest", "1", "0-1,3", "2"));
        assertEquals("""
            Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
            guest                                5     0     1   -b-       2.1  all / all
            guest                                5     1     1   -b-       2.1  0-1,3 / 2
            guest                                5     2     -   --p       2.1  all / all
            """, rig.xl("vcpu-list", "guest").out());
        assertEquals(new Ended(0, "", ""), rig.xl("vcpu-pin", "guest", "all", "2", "-"));
        assertEquals("""
            Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
            guest                                5     0     1   -b-       2.1  2 / all
            guest                                5     1     1   -b-       2.1  2 / 2
            guest                                5     2     -   --p       2.1  2 / all
            """, rig.xl("vcpu-list", "5").out());
        assertEquals(1 + 2 + 1 + 3, rig.xl("vcpu-list").out().lines().count());
    }

    @Test
    void shouldPlugAndUnplugDisksBySpecNameAndNumber()
    {
        assertEquals(new Ended(0, "", ""), rig.xl("block-attach", "guest", "file:/dev/zero,xvdb,w"));
        assertEquals(new Ended(0, "", ""), rig.xl("block-attach", "guest", "/dev/zero", "raw", "xvdc", "r"));
        assertEquals(new Ended(0, "", ""), rig.xl("block-detach", "guest", "xvdb"));
        assertEquals(new Ended(0, "", ""), rig.xl("block-detach", "--force", "guest", "51744"));
        assertEquals(
            List.of("attach 5 xvdb /dev/zero w", "attach 5 xvdc /dev/zero r", "detach 5 51728",
                "detach 5 51744 by force"), rig.host().control().log());
    }

    @Test
    void shouldPressAKeyOfTheMagicSysRq()
    {
        assertEquals(new Ended(0, "", ""), rig.xl("sysrq", "guest", "c"));
        assertEquals(List.of("sysrq 5 c"), rig.host().control().log());
    }

    @Test
    void shouldTakeSizesOfMemoryAsXlDoes()
    {
        for (final String size : List.of("64", "64m", "65536k", "67108864B", "64mb"))
        {
            assertEquals(new Ended(0, "", ""), rig.xl("mem-set", "guest", size), size);
        }
        assertEquals(new Ended(0, "", ""), rig.xl("mem-max", "guest", "1g"));
        assertEquals(
            List.of("target 5 65536", "target 5 65536", "target 5 65536", "target 5 65536", "target 5 65536",
                "max 5 1048576"), rig.host().control().log());
    }

    @Test
    void shouldPauseAllGuestsAndNoService()
    {
        assertEquals(new Ended(0, "", ""), rig.xl("pause", "-a"));
        assertTrue(rig.host().find("5").state().paused());
        assertTrue(rig.host().find("2").state().blocked());
        assertEquals(new Ended(0, "", ""), rig.xl("unpause", "guest"));
        assertTrue(rig.host().find("5").state().blocked());
    }

    @Test
    void shouldMakeTheHypervisorTellAboutItself()
    {
        assertEquals(new Ended(0, "", ""), rig.xl("debug-keys", "ge"));
        assertEquals("(XEN) one\n(XEN) two\n(XEN) keys ge\n", rig.xl("dmesg", "-c").out());
        assertEquals("", rig.xl("dmesg").out());
    }

    @Test
    void shouldShowTheColumnsOfXentopInBatchMode()
    {
        rig.host().put(7, "a-longer-name", 64 << 10, 1, DomainInfo.State.SHUTDOWN, ShutdownReason.CRASH, false);
        final List<String> lines = rig.run("xentop", "-b", "-i", "2", "-d", "0.01").out().lines().toList();
        assertEquals(10, lines.size());
        assertEquals("      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) " +
            "NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID", lines.get(0));
        assertEquals("  Domain-0 -----r          0    0.0     262144    6.3   no limit       n/a     2    1        2 " +
            "     n/a    0        0        0        0          0          0    0", lines.get(1));
        assertEquals("a-longer-n -s-c--          8    0.0      65536    1.6     131072       3.1     1    1        2 " +
            "     n/a    1      n/a      n/a      n/a        n/a        n/a    0", lines.get(4));
        assertEquals(lines.subList(0, 5), lines.subList(5, 10));
        assertEquals(12, rig.xl("top", "-bvf", "-i1").out().lines().count() + 3);
        assertTrue(rig.xl("top", "-bf", "-i1").out().contains("\na-longer-name -s-c--"));
    }
}
