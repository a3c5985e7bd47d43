package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.EventLoop;
import org.skerry.guest.NetworkNamespace;
import org.skerry.guest.netfront.Netfront;

/** Stock ping of the host, through a real TAP, netback and netfront, to a guest that answers, and the same way back. */
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class TapSystemTest
{
    static final int HOST_ADDRESS = 0x0A090001;
    private static final int GUEST_ADDRESS = 0x0A090002;
    private static final long PATIENCE_NS = 30_000_000_000L;

    @Test
    void shouldCarryStockPingBetweenTheHostAndAGuest() throws Exception
    {
        final String reason = NetworkNamespace.whyNot("ping");
        assumeTrue(reason == null, reason);

        NetworkNamespace.inNew(() ->
        {
            final EventLoop loop = new EventLoop();
            final TestDomains domains = new TestDomains();
            domains.taps.put("3/0", new FdTapDevice(NetworkNamespace.openTap("vif3.0", HOST_ADDRESS, 24), loop));
            domains.plug(3, "bridge=xenbr0", "00:16:3e:00:00:03");
            final TestDomains.Guest guest = domains.guest(3);
            domains.settle();
            assertTrue(guest.netfront.hasCarrier());
            guest.netfront.onFrame((buffer, offset, length) -> answer(guest.netfront, buffer, offset, length));

            final Process ping = NetworkNamespace.start(
                "ping", "-n", "-c", "20", "-i", "0.02", "-s", "1400", "-W", "5", "10.9.0.2");
            final long startNs = System.nanoTime();
            while (ping.isAlive())
            {
                assertTrue(System.nanoTime() - startNs < PATIENCE_NS, "ping does not end");
                loop.poll(10);
                domains.settle();
            }

            final String output = NetworkNamespace.outputOf(ping);
            assertEquals(0, ping.exitValue(), output);
            assertTrue(output.contains("20 packets transmitted, 20 received, 0% packet loss"), output);
            assertTrue(domains.netback(3).counters().rxFrames >= 21);
            domains.netback(3).close();
        });
    }

    /** The least that a station does: say where it is, and turn an echo request around. */
    static void answer(final Netfront netfront, final DirectBuffer buffer, final int offset, final int length)
    {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        frame.putBytes(0, buffer, offset, length);
        final int type = EthernetFrame.type(frame, 0);
        if (type == 0x0806 && frame.getInt(38, ByteOrder.BIG_ENDIAN) == GUEST_ADDRESS)
        {
            frame.putShort(20, (short)2, ByteOrder.BIG_ENDIAN);
            frame.putBytes(32, buffer, offset + 22, 10);
            putMac(frame, 22, netfront.macAddress().value());
            frame.putInt(28, GUEST_ADDRESS, ByteOrder.BIG_ENDIAN);
        }
        else if (type == EthernetFrame.TYPE_IPV4 && frame.getByte(23) == 1 && frame.getByte(34) == 8)
        {
            frame.putBytes(26, buffer, offset + 30, 4);
            frame.putBytes(30, buffer, offset + 26, 4);
            frame.putByte(34, (byte)0);
            final int sum = (frame.getShort(36, ByteOrder.BIG_ENDIAN) & 0xFFFF) + 0x0800;
            frame.putShort(36, (short)(sum + (sum >>> 16)), ByteOrder.BIG_ENDIAN);
        }
        else
        {
            return;
        }

        frame.putBytes(0, buffer, offset + 6, 6);
        putMac(frame, 6, netfront.macAddress().value());
        netfront.send(frame, 0, length);
    }

    private static void putMac(final UnsafeBuffer frame, final int offset, final long mac)
    {
        frame.putShort(offset, (short)(mac >>> 32), ByteOrder.BIG_ENDIAN);
        frame.putInt(offset + 2, (int)mac, ByteOrder.BIG_ENDIAN);
    }
}
