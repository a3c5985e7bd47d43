package org.skerry.examples.shell;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.examples.net.IpStack;
import org.skerry.examples.net.Ipv4Config;
import org.skerry.wire.Errno;
import org.skerry.wire.ShutdownReason;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ShellSessionTest
{
    private static final String PROMPT = ShellSession.PROMPT;

    private final TestTerminal terminal = new TestTerminal();
    private final TestDisk xvda = new TestDisk("xvda", new byte[200 * 512], false);
    private final TestDisk xvdb = new TestDisk("xvdb", new byte[8 * 512], true);
    private final TestNetwork own = new TestNetwork("00:16:3e:00:00:01");
    private final TestNetwork other = new TestNetwork("00:16:3e:00:00:02");
    private final TestStore store = new TestStore();
    private final List<ShutdownReason> shutdowns = new ArrayList<>();
    private long nowNs = 1_000_000_000L;
    private boolean isDrained = true;
    private final IpStack network = new IpStack(own, () -> nowNs, 1);
    private final IpStack station = new IpStack(other, () -> nowNs, 2);
    private final KernelLog log = new KernelLog(() -> nowNs);
    private byte[] typed = new byte[0];
    private final ShellSession session = session(true);

    private ShellSession session(final boolean isComplete)
    {
        final Machine machine = new Machine("shell", "/local/domain/1", () -> nowNs, log, () -> List.of(xvda, xvdb),
            () -> isComplete ? List.of(new Interface("eth0", network, () -> true)) : List.of(),
            isComplete ? store : null,
            new Machine.Memory()
            {
                @Override
                public long totalKb()
                {
                    return 65_536;
                }

                @Override
                public long freeKb()
                {
                    return 60_000;
                }
            },
            new Machine.Power()
            {
                @Override
                public boolean isConsoleDrained()
                {
                    return isDrained;
                }

                @Override
                public void shutdown(final ShutdownReason reason)
                {
                    shutdowns.add(reason);
                }
            },
            log::add);
        return new ShellSession(terminal, this::read, new CommandTable(terminal, machine));
    }

    private int read(final byte[] target, final int offset, final int length)
    {
        final int count = Math.min(length, typed.length);
        System.arraycopy(typed, 0, target, offset, count);
        typed = Arrays.copyOfRange(typed, count, typed.length);
        return count;
    }

    @BeforeEach
    void begin()
    {
        session.begin();
        terminal.take();
    }

    private void type(final String text)
    {
        final byte[] bytes = text.getBytes(UTF_8);
        final byte[] all = Arrays.copyOf(typed, typed.length + bytes.length);
        System.arraycopy(bytes, 0, all, typed.length, bytes.length);
        typed = all;
    }

    /** Turn the loop until nothing moves. */
    private void turn()
    {
        int workCount = 1;

        while (workCount > 0)
        {
            workCount = session.doWork() + xvda.complete() + xvdb.complete();
            TestNetwork.carry(own, other);
        }
    }

    /** Type a line; what it printed, without the echo and the prompt behind. */
    private String run(final String line)
    {
        type(line + "\r");
        turn();
        final String printed = terminal.take();
        assertTrue(printed.startsWith(line + "\r\n"), printed);
        assertTrue(printed.endsWith(PROMPT), printed);
        return printed.substring(line.length() + 2, printed.length() - PROMPT.length()).replace("\r\n", "\n");
    }

    @Test
    void shouldShowThePromptAgainAfterABlankLine()
    {
        assertEquals("", run(""));
        assertEquals("", run("   "));
    }

    @Test
    void shouldListEveryCommand()
    {
        final String help = run("help");

        for (final String name : List.of("help", "lsblk", "read", "write", "sha256", "xenstore-ls", "ifconfig", "ping",
            "free", "uptime", "dmesg", "echo", "poweroff", "reboot", "crash"))
        {
            assertTrue(help.contains("\n  " + name) || help.startsWith("  " + name), name);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', value = {
        "nonsense                ~ nonsense: no such command; help lists all",
        "echo \"a                ~ a quote is not closed: \"",
        "read                    ~ usage: read DEV SECTOR [COUNT]",
        "read xvdz 0             ~ read: no such disk: xvdz; lsblk lists all",
        "read xvda x             ~ read: SECTOR is not a number: x",
        "read xvda -1            ~ read: SECTOR is out of range: -1",
        "read xvda 0 0           ~ read: COUNT is out of range: 0",
        "read xvda 200           ~ read: beyond the end of xvda: sector=200, count=1, sectors of the disk=200",
        "read xvda 199 2         ~ read: beyond the end of xvda: sector=199, count=2, sectors of the disk=200",
        "read xvda 9000000000000000 2 ~" +
            " read: beyond the end of xvda: sector=9000000000000000, count=2, sectors of the disk=200",
        "read xvda 99999999999999999999 ~ read: SECTOR is not a number: 99999999999999999999",
        "write xvda 0            ~ usage: write DEV SECTOR TEXT|hex:..",
        "write xvdb 0 x          ~ write: xvdb is read-only",
        "write xvda 0 hex:abc    ~ write: not pairs of hex digits: hex:abc",
        "write xvda 200 x        ~ write: beyond the end of xvda: sector=200, count=1, sectors of the disk=200",
        "sha256                  ~ usage: sha256 DEV",
        "xenstore-ls nowhere     ~ xenstore-ls: no such node: nowhere",
        "ifconfig 1.2.3          ~ ifconfig: not an address with a prefix length: 1.2.3",
        "ping 1.2.3.4.5          ~ ping: not an IPv4 address: 1.2.3.4.5",
        "ping 1.2.3.4 0          ~ ping: COUNT is out of range: 0",
        "free memory             ~ usage: free",
    })
    void shouldSayWhatIsWrong(final String line, final String message)
    {
        assertEquals(message + "\n", run(line));
    }

    @Test
    void shouldListDisks()
    {
        final String[] lines = run("lsblk").split("\n");

        assertEquals(3, lines.length);
        assertEquals("xvda 200 100 KiB 0 Connected", lines[1].replaceAll(" +", " "));
        assertEquals("xvdb 8 4096 B 1 Connected", lines[2].replaceAll(" +", " "));
    }

    @Test
    void shouldDumpSectors()
    {
        System.arraycopy("Hello".getBytes(UTF_8), 0, xvda.bytes(), 3 * 512 + 16, 5);

        assertEquals("""
            00000600  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
            00000610  48 65 6c 6c 6f 00 00 00  00 00 00 00 00 00 00 00  |Hello...........|
            00000620  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
            *
            00000800
            """, run("read xvda 3"));
    }

    @Test
    void shouldDumpManySectorsThroughASmallTerminal()
    {
        new Random(4).nextBytes(xvda.bytes());
        terminal.room(LinesJob.LINE_ROOM + 100);
        type("read xvda 0 200\r");
        final StringBuilder printed = new StringBuilder();

        for (int i = 0; i < 20_000 && !printed.toString().endsWith(PROMPT); i++)
        {
            turn();
            printed.append(terminal.take());
            terminal.room(3 * LinesJob.LINE_ROOM);
        }

        assertEquals(1 + 200 * 32 + 1 + 1, printed.toString().split("\r\n").length);
    }

    @Test
    void shouldWriteASectorAndFlush()
    {
        Arrays.fill(xvda.bytes(), (byte)0xAA);

        assertEquals("512 bytes written to xvda at sector 7 and flushed\n", run("write xvda 7 hello from the guest"));
        final byte[] expected = Arrays.copyOf("hello from the guest".getBytes(UTF_8), 512);
        assertEquals(0, Arrays.compare(expected, Arrays.copyOfRange(xvda.bytes(), 7 * 512, 8 * 512)));
        assertEquals((byte)0xAA, xvda.bytes()[8 * 512]);
        assertEquals((byte)0xAA, xvda.bytes()[7 * 512 - 1]);
        assertEquals(1, xvda.flushes());
    }

    @Test
    void shouldWriteHexAndQuotedText()
    {
        run("write xvda 0 hex:deadBEEF");
        assertEquals("deadbeef00", HexFormat.of().formatHex(xvda.bytes(), 0, 5));
        assertEquals("1024 bytes written to xvda at sector 0 and flushed\n",
            run("write xvda 0 'a  b" + "c".repeat(509) + "'"));
        assertEquals("a  bc", new String(xvda.bytes(), 0, 5, UTF_8));
    }

    @Test
    void shouldSayWhatTheDiskAnswered()
    {
        xvda.status(Errno.EIO.negative());
        assertEquals("read: xvda: sector 5: EIO\n", run("read xvda 5"));
        assertEquals("write: xvda: sector 5: EIO\n", run("write xvda 5 x"));
        assertEquals("sha256: xvda: EIO\n", run("sha256 xvda"));
        xvda.status(0);
        xvda.flushStatus(Errno.EOPNOTSUPP.negative());
        assertEquals("512 bytes written to xvda at sector 5; the disk knows no flush\n", run("write xvda 5 x"));
        xvda.flushStatus(Errno.EIO.negative());
        assertEquals("write: xvda: flush: EIO\n", run("write xvda 5 x"));
    }

    @Test
    void shouldNotWaitForADiskThatHasEnded()
    {
        xvda.vanish();
        assertEquals("read: xvda: sector 5: ENODEV\n", run("read xvda 5"));
        assertEquals("write: xvda: sector 5: ENODEV\n", run("write xvda 5 x"));
        assertEquals("sha256: xvda: ENODEV\n", run("sha256 xvda"));
    }

    @Test
    void shouldKeepToTheBlocksOfADisk()
    {
        xvda.sectorStep(8);
        assertEquals("read: sectors of xvda come in groups of 8: sector=3, count=1\n", run("read xvda 3"));
        assertEquals("write: sectors of xvda come in groups of 8: sector=4, count=8\n", run("write xvda 4 x"));
        assertEquals("4096 bytes written to xvda at sector 8 and flushed\n", run("write xvda 8 x"));
    }

    @ParameterizedTest
    @CsvSource({ "1, 32", "87, 1", "88, 3", "89, 32", "20000, 32" })
    void shouldDigestTheWholeDiskWhateverTheOrderOfAnswers(final int sectors, final int slots) throws Exception
    {
        final byte[] bytes = new byte[sectors * 512];
        new Random(sectors).nextBytes(bytes);
        final TestDisk disk = new TestDisk("xvdc", bytes, false);
        disk.slots(slots);
        final DiskHashJob job = new DiskHashJob(terminal, disk);

        while (!job.isDone())
        {
            job.doWork();
            disk.complete();
        }

        assertEquals(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)) + "  xvdc\r\n",
            terminal.take());
        assertEquals(Math.min(Math.min(slots, (sectors + 87) / 88), DiskHashJob.WINDOW), disk.mostRequests());
    }

    @Test
    void shouldShowTheStore()
    {
        store.write("/local/domain/1/name", "shell");
        store.write("/local/domain/1/device/vif/0/mac", "00:16:3e:00:00:01");
        store.write("/local/domain/1/device/vif/0/state", "4");
        store.write("/local/domain/1/odd", "a\"\\\n\u001b[2J");

        assertEquals("""
            device = ""
             vif = ""
              0 = ""
               mac = "00:16:3e:00:00:01"
               state = "4"
            name = "shell"
            odd = "a\\"\\\\\\n\\033[2J"
            """, run("xenstore-ls"));
        assertEquals("mac = \"00:16:3e:00:00:01\"\nstate = \"4\"\n", run("xenstore-ls /local/domain/1/device/vif/0"));
    }

    @Test
    void shouldShowWhatMayNotBeRead()
    {
        store.write("/secret/key", "7");
        store.write("/open", "1");

        assertEquals("open = \"1\"\nsecret (EACCES)\n", run("xenstore-ls /"));
        assertTrue(run("xenstore-ls /secret").contains("EACCES"));
    }

    @Test
    void shouldSetAndShowTheAddress()
    {
        assertTrue(run("ifconfig").contains("no address"));
        assertTrue(run("ifconfig 10.0.0.2/24,10.0.0.1").contains("inet 10.0.0.2/24 via 10.0.0.1"));
        assertTrue(run("ifconfig eth0").contains("ether 00:16:3e:00:00:01  carrier"));
        assertEquals("ifconfig: no such interface: eth1\n", run("ifconfig eth1 10.0.0.1/8"));
        assertTrue(run("ifconfig eth0 10.0.0.3/24").contains("inet 10.0.0.3/24"));
        assertTrue(run("ifconfig down").contains("no address"));
    }

    @Test
    void shouldPingAndCount()
    {
        network.configure(Ipv4Config.parse("10.0.0.1/24"));
        station.configure(Ipv4Config.parse("10.0.0.2/24"));
        type("ping 10.0.0.2 2\r");
        turn();
        nowNs += 1_000_000_000L;
        turn();
        final String printed = terminal.take();

        assertTrue(printed.contains("64 bytes from 10.0.0.2: icmp_seq=1 ttl="), printed);
        assertTrue(printed.contains("64 bytes from 10.0.0.2: icmp_seq=2 ttl="), printed);
        assertTrue(printed.endsWith("2 packets transmitted, 2 received, 0% packet loss\r\n" + PROMPT), printed);
    }

    @Test
    void shouldSayWhyAPingCannotBeSent()
    {
        final String printed = run("ping 10.0.0.2 1");
        assertTrue(printed.contains("icmp_seq=1 not sent: no route"), printed);
        assertTrue(printed.endsWith("1 packets transmitted, 0 received, 100% packet loss\n"), printed);
    }

    @Test
    void shouldStopACommandByInterruptAndForgetItsLateAnswers()
    {
        network.configure(Ipv4Config.parse("10.0.0.1/24"));
        type("ping 10.0.0.9 1000\r");
        turn();
        terminal.take();
        type("\u0003");
        turn();
        assertEquals("^C\r\n1 packets transmitted, 0 received, 100% packet loss\r\n" + PROMPT, terminal.take());

        nowNs += 10_000_000_000L;
        network.doWork();
        turn();
        assertEquals("", terminal.take());
        assertEquals("x\n", run("echo x"));
    }

    @Test
    void shouldKeepWhatIsTypedWhileACommandIsAtWork()
    {
        network.configure(Ipv4Config.parse("10.0.0.1/24"));
        station.configure(Ipv4Config.parse("10.0.0.2/24"));
        type("ping 10.0.0.2 2\recho after\r");
        turn();
        assertFalse(terminal.take().contains("after"));
        nowNs += 1_000_000_000L;
        turn();
        assertTrue(terminal.take().endsWith(PROMPT + "echo after\r\nafter\r\n" + PROMPT));
    }

    @Test
    void shouldLoseNothingThatIsPipedIn()
    {
        network.configure(Ipv4Config.parse("10.0.0.1/24"));
        station.configure(Ipv4Config.parse("10.0.0.2/24"));
        final StringBuilder script = new StringBuilder("ping 10.0.0.2 2\n");

        for (int i = 0; i < 1000; i++)
        {
            script.append("echo ").append(i).append('\n');
        }

        type(script.toString());
        turn();
        nowNs += 1_000_000_000L;
        turn();
        final String printed = terminal.take();

        for (int i = 0; i < 1000; i++)
        {
            assertTrue(printed.contains("echo " + i + "\r\n" + i + "\r\n"), "line " + i);
        }
    }

    @Test
    void shouldNotEchoIntoAFullTerminal()
    {
        terminal.room(100);
        type("echo hello\r");
        turn();
        assertEquals("", terminal.take());
        terminal.room(Integer.MAX_VALUE);
        turn();
        assertTrue(terminal.take().endsWith("hello\r\n" + PROMPT));
    }

    @Test
    void shouldTellTimeAndMemory()
    {
        nowNs += (86_400 + 3_600 + 120 + 3) * 1_000_000_000L;
        assertEquals("shell up 1 days, 01:02:03\n", run("uptime"));
        assertTrue(run("free").contains("domain        65536        5536       60000"));
    }

    @Test
    void shouldShowTheKernelsMessages()
    {
        log.add("boot");
        nowNs += 1_234_567_000L;
        log.add("eth0: up");
        assertEquals("[    0.000000] boot\n[    1.234567] eth0: up\n", run("dmesg"));
    }

    @Test
    void shouldPrintNewsAboveThePrompt()
    {
        type("ech");
        turn();
        terminal.take();
        session.announce("eth0: up");
        assertEquals("\r\u001b[Keth0: up\r\n" + PROMPT + "ech", terminal.take());
    }

    @ParameterizedTest
    @CsvSource({ "poweroff, POWEROFF", "reboot, REBOOT", "crash, CRASH" })
    void shouldEndTheDomainWhenTheLastLineIsOut(final String command, final ShutdownReason reason)
    {
        isDrained = false;
        type(command + "\r");
        turn();
        assertTrue(shutdowns.isEmpty());
        isDrained = true;
        session.doWork();
        assertEquals(List.of(reason), shutdowns);
    }

    @Test
    void shouldEndTheDomainThoughNobodyTakesTheLastLine()
    {
        isDrained = false;
        type("poweroff\r");
        turn();
        nowNs = session.nextDeadlineNs();
        session.doWork();
        assertEquals(List.of(ShutdownReason.POWEROFF), shutdowns);
    }

    @Test
    void shouldEndTheDomainWhenTheToolstackSaysSoWhateverIsAtWork()
    {
        network.configure(Ipv4Config.parse("10.0.0.1/24"));
        type("ping 10.0.0.9 1000\r");
        turn();
        session.end(ShutdownReason.REBOOT, "restart");
        session.end(ShutdownReason.POWEROFF, "too late");
        type("\u0003");
        session.doWork();
        assertEquals(List.of(ShutdownReason.REBOOT), shutdowns);
    }

    @Test
    void shouldSayWhatTheDomainHasNot()
    {
        final ShellSession bare = session(false);
        bare.begin();
        type("ifconfig\rxenstore-ls\rping 1.2.3.4\r");

        while (bare.doWork() > 0)
        {
            assertTrue(typed.length < 100);
        }

        final String printed = terminal.take();
        assertTrue(printed.contains("ifconfig: this domain has no vif\r\n"), printed);
        assertTrue(printed.contains("xenstore-ls: this domain has no xenstore\r\n"), printed);
        assertTrue(printed.contains("ping: this domain has no vif\r\n"), printed);
    }
}
