package org.skerry.examples.net;

import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Queue;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.MacAddress;

/** A device whose frames a test takes out and puts in. */
final class TestDevice implements FrameDevice
{
    final Queue<byte[]> sent = new ArrayDeque<>();
    boolean isFull;
    private final MacAddress macAddress;
    private FrameHandler handler;

    TestDevice(final String mac)
    {
        macAddress = MacAddress.parse(mac);
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
        if (isFull)
        {
            return false;
        }

        final byte[] frame = new byte[length];
        buffer.getBytes(offset, frame);
        sent.add(frame);
        return true;
    }

    @Override
    public void onFrame(final FrameHandler newHandler)
    {
        handler = newHandler;
    }

    /** The frame lies in the midst of other bytes, so that whoever looks beyond it sees wrong ones. */
    void receive(final byte[] frame)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[frame.length + 64]);
        buffer.setMemory(0, buffer.capacity(), (byte)0xA5);
        buffer.putBytes(32, frame);
        handler.onFrame(buffer, 32, frame.length);
    }

    void receive(final String hex)
    {
        receive(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    String takeSent()
    {
        final byte[] frame = sent.poll();
        return frame == null ? null : HexFormat.of().formatHex(frame);
    }
}
