package org.skerry.examples.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.skerry.wire.MacAddress;

/** Answering costs no garbage. */
class IpStackAllocationTest
{
    private static final String US = "00163e000001";
    private static final String THEM = "020000000009";

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final SilentDevice device = new SilentDevice();
    private final IpStack stack = new IpStack(device, System::nanoTime, 1);
    private final UnsafeBuffer arp = frame("ffffffffffff" + THEM + "0806 0001 0800 06 04 0001" + THEM + "0a000009" +
        "000000000000 0a000001");
    private final UnsafeBuffer echo = frame(US + THEM + "0800 4500 0024 1c46 4000 40 01 0a8a 0a000009 0a000001" +
        "08 00 5e09 1234 0001 cafebabe 00010203");
    private final UnsafeBuffer datagram = frame(US + THEM + "0800 4500 001e 0001 0000 40 11 66c5 0a000009 0a000001" +
        "1234 0007 000a 0000 6869");

    @Test
    void shouldAllocateNothingForAnAnswer()
    {
        stack.configure(Ipv4Config.parse("10.0.0.1/24"));
        final UdpEchoService service = new UdpEchoService(stack, UdpEchoService.PORT);
        exchange(20_000);
        final long before = threads.getCurrentThreadAllocatedBytes();
        exchange(20_000);
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 16 * 1024, () -> "bytes for 60000 answers: " + allocated);
        assertEquals(40_000, service.datagramCount());
        assertEquals(40_000, stack.statistics().echoesAnswered());
        assertEquals(120_001, device.sentCount);
    }

    private void exchange(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            device.handler.onFrame(arp, 0, arp.capacity());
            device.handler.onFrame(echo, 0, echo.capacity());
            device.handler.onFrame(datagram, 0, datagram.capacity());
            stack.doWork();
        }
    }

    private static UnsafeBuffer frame(final String hex)
    {
        return new UnsafeBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static final class SilentDevice implements FrameDevice
    {
        private final MacAddress macAddress = MacAddress.parse("00:16:3e:00:00:01");
        private FrameHandler handler;
        private long sentCount;

        @Override
        public MacAddress macAddress()
        {
            return macAddress;
        }

        @Override
        public int mtu()
        {
            return 1500;
        }

        @Override
        public boolean send(final DirectBuffer buffer, final int offset, final int length)
        {
            sentCount++;
            return true;
        }

        @Override
        public void onFrame(final FrameHandler newHandler)
        {
            handler = newHandler;
        }
    }
}
