package org.skerry.examples.shell;

import java.util.ArrayDeque;
import java.util.Queue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.examples.net.FrameDevice;
import org.skerry.examples.net.FrameHandler;
import org.skerry.wire.MacAddress;

/** One end of a wire; {@link #carry} moves what was sent. */
final class TestNetwork implements FrameDevice
{
    private final Queue<byte[]> sent = new ArrayDeque<>();
    private final MacAddress macAddress;
    private FrameHandler handler;

    TestNetwork(final String mac)
    {
        macAddress = MacAddress.parse(mac);
    }

    static void carry(final TestNetwork left, final TestNetwork right)
    {
        while (!left.sent.isEmpty() || !right.sent.isEmpty())
        {
            left.deliverTo(right);
            right.deliverTo(left);
        }
    }

    private void deliverTo(final TestNetwork other)
    {
        final byte[] frame = sent.poll();

        if (frame != null)
        {
            other.handler.onFrame(new UnsafeBuffer(frame), 0, frame.length);
        }
    }

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
        final byte[] frame = new byte[length];
        buffer.getBytes(offset, frame);
        return sent.add(frame);
    }

    @Override
    public void onFrame(final FrameHandler newHandler)
    {
        handler = newHandler;
    }
}
