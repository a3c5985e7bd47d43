package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Guests meet each other on a switch, and the world on a bridge.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class NetworkSystemTest
{
    private static HostUnderTest host;

    @BeforeAll
    static void up()
    {
        host = new HostUnderTest();
        host.ok(host.skerry("up"));
    }

    @AfterAll
    static void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldLetTwoGuestsMeetOnASwitch() throws Exception
    {
        meet("switch=together", "sa", "sb", "10.8.1.2", "10.8.1.3");
    }

    @Test
    void shouldKeepSwitchesApart() throws Exception
    {
        host.ok(host.xl("create",
            host.config("xa", "vif = [ 'switch=left' ]", "extra = 'ip=10.8.2.2/24'").toString()));
        host.ok(host.xl("create",
            host.config("xb", "vif = [ 'switch=right' ]", "extra = 'ip=10.8.2.3/24'").toString()));
        try (ConsoleDriver b = host.console("xb"); ConsoleDriver a = host.console("xa"))
        {
            b.expectPrompt();
            a.expectPrompt();
            final String answer = a.command("ping 10.8.2.3 1");
            assertFalse(answer.contains("64 bytes from"), answer);
        }
        host.ok(host.xl("destroy", "xa"));
        host.ok(host.xl("destroy", "xb"));
    }

    @Test
    void shouldLetTwoGuestsAndTheHostMeetOnABridge() throws Exception
    {
        assumeTrue(HostUnderTest.isRoot(), "TAPs and bridges need root");
        assumeTrue(HostUnderTest.has("ip") && HostUnderTest.has("ping"), "iproute2 or ping is not installed");
        final String bridge = "skbr" + ProcessHandle.current().pid() % 10_000;
        final String space = "sk" + ProcessHandle.current().pid() % 10_000;
        ip("link", "add", bridge, "type", "bridge");
        ip("netns", "add", space);
        try
        {
            ip("link", "set", bridge, "up");
            ip("link", "add", space + "a", "type", "veth", "peer", "name", space + "b", "netns", space);
            ip("link", "set", space + "a", "master", bridge, "up");
            ip("-n", space, "addr", "add", "10.8.3.1/24", "dev", space + "b");
            ip("-n", space, "link", "set", space + "b", "up");

            host.ok(host.xl("create",
                host.config("world", "vif = [ 'bridge=" + bridge + "' ]", "extra = 'ip=10.8.3.9/24'").toString()));
            final String id = host.ok(host.xl("domid", "world")).strip();
            try (ConsoleDriver console = host.console("world"))
            {
                console.expectPrompt();
            }
            assertTrue(host.ok(host.run(List.of("ip", "link", "show", "vif" + id + ".0"))).contains(bridge));
            final String answer = host.ok(host.run(
                List.of("ip", "netns", "exec", space, "ping", "-c", "3", "-W", "5", "10.8.3.9")));
            assertTrue(answer.contains(" 0% packet loss"), answer);
            host.ok(host.xl("destroy", "world"));
            assertFalse(host.run(List.of("ip", "link", "show", "vif" + id + ".0")).exit() == 0, "the TAP is left");

            meet("bridge=" + bridge, "ba", "bb", "10.8.3.2", "10.8.3.3");
            if (HostUnderTest.has("udhcpd"))
            {
                lease(bridge, space);
            }
        }
        finally
        {
            host.run(List.of("ip", "netns", "del", space));
            host.run(List.of("ip", "link", "del", bridge));
        }
    }

    private static void meet(
        final String vif, final String first, final String second, final String firstAddress,
        final String secondAddress) throws Exception
    {
        host.ok(host.xl("create", host.config(
            first, "vif = [ '" + vif + "' ]", "extra = 'ip=" + firstAddress + "/24'").toString()));
        host.ok(host.xl("create", host.config(
            second, "vif = [ '" + vif + "' ]", "extra = 'ip=" + secondAddress + "/24'").toString()));
        try (ConsoleDriver b = host.console(second); ConsoleDriver a = host.console(first))
        {
            b.expectPrompt();
            a.expectPrompt();
            while (!a.command("ping " + secondAddress + " 1").contains(" 0% packet loss"))
            {
                Thread.onSpinWait();                       // the vif may come up after the prompt
            }
            final String there = a.command("ping " + secondAddress + " 3");
            assertTrue(there.contains(" 0% packet loss"), there);
            final String back = b.command("ping " + firstAddress + " 3");
            assertTrue(back.contains(" 0% packet loss"), back);
        }
        host.ok(host.xl("destroy", first));
        host.ok(host.xl("destroy", second));
    }

    /** A stock DHCP server gives the guest its address. */
    private static void lease(final String bridge, final String space) throws Exception
    {
        final Path conf = Files.write(host.folder().resolve("udhcpd.conf"), List.of(
            "start 10.8.3.50", "end 10.8.3.59", "interface " + space + "b", "option subnet 255.255.255.0",
            "lease_file " + host.folder().resolve("leases"), "pidfile " + host.folder().resolve("udhcpd.pid")));
        Files.createFile(host.folder().resolve("leases"));
        final Process server = host.start(List.of("ip", "netns", "exec", space, "udhcpd", "-f", conf.toString()));
        try
        {
            host.ok(host.xl("create",
                host.config("leased", "vif = [ 'bridge=" + bridge + "' ]", "extra = 'ip=dhcp'").toString()));
            try (ConsoleDriver console = host.console("leased"))
            {
                console.expectPrompt();
                String shown = console.command("ifconfig");
                while (!shown.contains("10.8.3.5"))
                {
                    shown = console.command("ifconfig");   // the test's time limit ends this
                }
            }
            host.ok(host.xl("destroy", "leased"));
        }
        finally
        {
            server.destroy();
        }
    }

    private static void ip(final String... arguments)
    {
        final ArrayList<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(Arrays.asList(arguments));
        host.ok(host.run(command));
    }
}
