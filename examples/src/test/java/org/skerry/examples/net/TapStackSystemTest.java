package org.skerry.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.guest.NetworkNamespace;
import org.skerry.wire.MacAddress;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.Unistd;

/** The stack against Linux's own, over a real TAP in a network namespace that nobody else sees. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class TapStackSystemTest
{
    private static final Ipv4Address LINUX = Ipv4Address.parse("10.9.0.1");
    private static final long PATIENCE_NS = 30_000_000_000L;

    @TempDir
    private Path folder;

    @Test
    void shouldAnswerStockPing() throws Exception
    {
        assumeRunnable("ping");
        NetworkNamespace.inNew(() ->
        {
            try (TapFrames tap = new TapFrames())
            {
                final IpStack stack = tap.newStack();
                stack.configure(Ipv4Config.parse("10.9.0.2/24"));
                final Process ping = NetworkNamespace.start(
                    "ping", "-n", "-c", "5", "-i", "0.05", "-s", "1472", "-W", "5", "10.9.0.2");
                tap.runUntil(stack, () -> !ping.isAlive());

                final String output = NetworkNamespace.outputOf(ping);
                assertEquals(0, ping.exitValue(), output);
                assertTrue(output.contains("5 packets transmitted, 5 received, 0% packet loss"), output);
                assertEquals(5, stack.statistics().echoesAnswered());
            }
        });
    }

    @Test
    void shouldPingLinux() throws Exception
    {
        assumeRunnable();
        NetworkNamespace.inNew(() ->
        {
            try (TapFrames tap = new TapFrames())
            {
                final IpStack stack = tap.newStack();
                stack.configure(Ipv4Config.parse("10.9.0.2/24"));
                final List<PingResult> results = new ArrayList<>();
                stack.ping(LINUX, 1400, PATIENCE_NS, results::add);
                tap.runUntil(stack, () -> !results.isEmpty());
                final PingResult.Reply reply = assertInstanceOf(PingResult.Reply.class, results.get(0));
                assertEquals(1400, reply.payloadLength());
                assertEquals(64, reply.ttl());
                assertTrue(reply.rttNs() > 0 && reply.rttNs() < PATIENCE_NS);
            }
        });
    }

    @Test
    void shouldEchoDatagramsOfALinuxSocketAndRefuseClosedPorts() throws Exception
    {
        assumeRunnable();
        NetworkNamespace.inNew(() ->
        {
            try (TapFrames tap = new TapFrames(); DatagramSocket socket = new DatagramSocket())
            {
                final IpStack stack = tap.newStack();
                stack.configure(Ipv4Config.parse("10.9.0.2/24"));
                final UdpEchoService echo = new UdpEchoService(stack, UdpEchoService.PORT);
                socket.setSoTimeout(10_000);

                final InetAddress guest = InetAddress.getByName("10.9.0.2");
                socket.connect(guest, UdpEchoService.PORT);
                final byte[] text = "over the sea to Skye".getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(text, text.length));
                tap.runUntil(stack, () -> echo.datagramCount() == 1);
                final DatagramPacket answer = new DatagramPacket(new byte[100], 100);
                socket.receive(answer);
                assertEquals(text.length, answer.getLength());

                socket.disconnect();
                socket.connect(guest, 9);
                socket.send(new DatagramPacket(text, text.length));
                final long ignored = stack.statistics().ignored();
                tap.runUntil(stack, () -> stack.statistics().ignored() > ignored);
                final boolean[] isRefused = new boolean[1];
                try
                {
                    socket.receive(answer);
                }
                catch (final PortUnreachableException expected)
                {
                    isRefused[0] = true;
                }
                assertTrue(isRefused[0]);
            }
        });
    }

    @Test
    void shouldGetALeaseFromBusybox() throws Exception
    {
        assumeRunnable("udhcpd");
        final Path config = folder.resolve("udhcpd.conf");
        Files.writeString(config, """
            start 10.9.0.100
            end 10.9.0.110
            interface skerry0
            lease_file %1$s/leases
            pidfile %1$s/pid
            opt subnet 255.255.255.0
            opt router 10.9.0.1
            opt dns 10.9.0.53
            opt lease 600
            """.formatted(folder));
        Files.createFile(folder.resolve("leases"));
        NetworkNamespace.inNew(() ->
        {
            try (TapFrames tap = new TapFrames())
            {
                final IpStack stack = tap.newStack();
                final Process server = NetworkNamespace.start("udhcpd", "-f", "-a", "100", config.toString());
                try
                {
                    final DhcpClientTest.Listener listener = new DhcpClientTest.Listener();
                    stack.dhcpStart(listener);
                    tap.runUntil(stack, () -> !listener.leases.isEmpty() || !server.isAlive());
                    assertTrue(server.isAlive(), () -> "udhcpd has ended: " + server.exitValue());

                    final DhcpLease lease = listener.leases.get(0);
                    assertTrue(lease.config().toString().matches("10\\.9\\.0\\.1(0[0-9]|10)/24 via 10\\.9\\.0\\.1"));
                    assertEquals(LINUX, lease.server());
                    assertEquals(600, lease.leaseSeconds());
                    assertEquals(List.of(Ipv4Address.parse("10.9.0.53")), lease.config().nameServers());
                    assertNotNull(stack.config());

                    final List<PingResult> results = new ArrayList<>();
                    stack.ping(LINUX, 56, PATIENCE_NS, results::add);
                    tap.runUntil(stack, () -> !results.isEmpty());
                    assertInstanceOf(PingResult.Reply.class, results.get(0));
                }
                finally
                {
                    server.destroyForcibly().waitFor();
                }
            }
        });
    }

    private static void assumeRunnable(final String... programs)
    {
        final String reason = NetworkNamespace.whyNot(programs);
        assumeTrue(reason == null, reason);
    }

    /** A TAP as a device, on the side where a guest would be. */
    private static final class TapFrames implements FrameDevice, AutoCloseable
    {
        private static final int LENGTH = 2048;

        private final int fd = NetworkNamespace.openTap("skerry0", LINUX.value(), 24);
        private final UnsafeBuffer in = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH, 64));
        private final UnsafeBuffer out = new UnsafeBuffer(BufferUtil.allocateDirectAligned(LENGTH, 64));
        private final UnsafeBuffer pollfd =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(Poll.POLLFD_LENGTH, 64));
        private FrameHandler handler;

        IpStack newStack()
        {
            return new IpStack(this, SystemNanoClock.INSTANCE, System.nanoTime());
        }

        void runUntil(final IpStack stack, final BooleanSupplier isDone)
        {
            final long startNs = System.nanoTime();
            while (!isDone.getAsBoolean())
            {
                assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "nothing comes");
                Poll.set(pollfd.addressOffset(), 0, fd, Poll.POLLIN);
                Poll.poll(pollfd.addressOffset(), 1, 10);
                for (long length = read(); length > 0; length = read())
                {
                    handler.onFrame(in, 0, (int)length);
                }
                stack.doWork();
            }
        }

        @Override
        public MacAddress macAddress()
        {
            return MacAddress.parse("00:16:3e:09:00:02");
        }

        @Override
        public int mtu()
        {
            return 1500;
        }

        @Override
        public boolean send(final DirectBuffer buffer, final int offset, final int length)
        {
            out.putBytes(0, buffer, offset, length);
            return Unistd.write(fd, out.addressOffset(), length) == length;
        }

        @Override
        public void onFrame(final FrameHandler newHandler)
        {
            handler = newHandler;
        }

        @Override
        public void close()
        {
            Unistd.close(fd);
        }

        private long read()
        {
            return Unistd.read(fd, in.addressOffset(), LENGTH);
        }
    }
}
