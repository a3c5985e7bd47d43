package org.skerry.examples.net;

import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.skerry.guest.EventLoop;
import org.skerry.guest.netfront.Netfront;
import org.skerry.guest.netfront.NetfrontStatistics;
import org.skerry.wire.MacAddress;

/**
 * A vif and the stack above it: {@code eth0} for vif 0. The stack outlives its netfront: when the backend's domain is
 * replaced by another one, the vif is made anew and the address, the lease and all sockets stay.
 */
public final class VifInterface implements Agent
{
    private final String name;
    private final EventLoop loop;
    private final NanoClock clock;
    private final Device device;
    private final IpStack stack;
    private EventLoop.Timer timer;
    private long timerNs = Long.MAX_VALUE;

    VifInterface(final Netfront netfront, final EventLoop loop, final NanoClock clock, final long seed)
    {
        name = "eth" + netfront.id();
        this.loop = loop;
        this.clock = clock;
        device = new Device(netfront.macAddress(), netfront.mtu());
        stack = new IpStack(device, clock, seed);
        plug(netfront);
    }

    /** @return {@code eth} and the vif's number. */
    public String name()
    {
        return name;
    }

    /** @return the stack, which configures and uses the interface. */
    public IpStack stack()
    {
        return stack;
    }

    /** @return bytes that a frame carries. */
    public int mtu()
    {
        return device.mtu;
    }

    /** @return whether a backend takes our frames. */
    public boolean hasCarrier()
    {
        return device.netfront != null && device.netfront.hasCarrier();
    }

    /** @return what the vif counts, or null while it has no netfront. */
    public NetfrontStatistics statistics()
    {
        return device.netfront == null ? null : device.netfront.statistics();
    }

    @Override
    public int doWork()
    {
        int workCount = device.netfront == null ? 0 : device.netfront.doWork();
        workCount += stack.doWork();
        wakeAt(stack.nextDeadlineNs());

        return workCount;
    }

    @Override
    public String roleName()
    {
        return name;
    }

    void plug(final Netfront netfront)
    {
        device.netfront = netfront;
        netfront.onFrame((buffer, offset, length) -> device.handler.onFrame(buffer, offset, length));
    }

    void unplug(final Netfront netfront)
    {
        if (device.netfront == netfront)
        {
            device.netfront = null;
        }
    }

    /** The loop sleeps until something can be read: make it wake in time. A timer that is too early does no harm. */
    private void wakeAt(final long deadlineNs)
    {
        if (deadlineNs >= timerNs)
        {
            return;
        }
        if (timer != null)
        {
            timer.cancel();
        }

        timerNs = deadlineNs;
        timer = loop.schedule(Math.max(deadlineNs - clock.nanoTime(), TimeUnit.MILLISECONDS.toNanos(1)), () ->
        {
            timer = null;
            timerNs = Long.MAX_VALUE;
        });
    }

    private static final class Device implements FrameDevice
    {
        private final MacAddress macAddress;
        private final int mtu;
        private FrameHandler handler;
        private Netfront netfront;

        Device(final MacAddress macAddress, final int mtu)
        {
            this.macAddress = macAddress;
            this.mtu = mtu;
        }

        @Override
        public MacAddress macAddress()
        {
            return macAddress;
        }

        @Override
        public int mtu()
        {
            return mtu;
        }

        @Override
        public boolean send(final DirectBuffer buffer, final int offset, final int length)
        {
            return netfront != null && netfront.send(buffer, offset, length);
        }

        @Override
        public void onFrame(final FrameHandler newHandler)
        {
            handler = newHandler;
        }
    }
}
