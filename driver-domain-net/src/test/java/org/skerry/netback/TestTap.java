package org.skerry.netback;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;

/** A TAP whose host side is the test. */
final class TestTap implements TapDevice
{
    final Queue<byte[]> toGuest = new ArrayDeque<>();
    final List<byte[]> toHost = new ArrayList<>();
    boolean isDown;
    boolean isClosed;
    Runnable onReadable;

    /** Let the loop see that there is something to read. */
    void dispatch()
    {
        if (onReadable != null && !toGuest.isEmpty())
        {
            onReadable.run();
        }
    }

    @Override
    public long read(final long address, final int length)
    {
        final byte[] frame = toGuest.poll();
        if (frame == null)
        {
            return -Errno.EAGAIN.number();
        }

        final int taken = Math.min(length, frame.length);
        new UnsafeBuffer(address, length).putBytes(0, frame, 0, taken);
        return taken;
    }

    @Override
    public long write(final long address, final int length)
    {
        if (isDown)
        {
            return -Errno.EIO.number();
        }

        final byte[] frame = new byte[length];
        new UnsafeBuffer(address, length).getBytes(0, frame);
        toHost.add(frame);
        return length;
    }

    @Override
    public void watch(final Runnable newOnReadable)
    {
        onReadable = newOnReadable;
    }

    @Override
    public void unwatch()
    {
        onReadable = null;
    }

    @Override
    public void close()
    {
        isClosed = true;
    }
}
