package org.skerry.examples.shell;

import java.util.function.Consumer;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.skerry.examples.net.DhcpLease;
import org.skerry.examples.net.DhcpListener;
import org.skerry.examples.net.FrameDevice;
import org.skerry.examples.net.FrameHandler;
import org.skerry.examples.net.IpStack;
import org.skerry.examples.net.UdpEchoService;
import org.skerry.guest.netfront.Netfront;
import org.skerry.wire.MacAddress;

/**
 * The first vif and the station behind it: takes its address as soon as there is a carrier, answers ARP and ICMP echo,
 * and UDP echo on port 7.
 */
final class Vif implements FrameDevice
{
    private final Netfront front;
    private final AddressPlan plan;
    private final Consumer<String> news;
    private final IpStack stack;
    private boolean isStarted;

    /**
     * @param front driver of the vif.
     * @param clock for timeouts.
     * @param seed  any number that others do not know.
     * @param plan  where its address comes from.
     * @param news  hears, in one line, what happens to the address.
     */
    Vif(final Netfront front, final NanoClock clock, final long seed, final AddressPlan plan,
        final Consumer<String> news)
    {
        this.front = front;
        this.plan = plan;
        this.news = news;
        stack = new IpStack(this, clock, seed);
        new UdpEchoService(stack, UdpEchoService.PORT);
        front.onCarrier(this::onCarrier);

        if (plan instanceof final AddressPlan.Fixed fixed)
        {
            stack.configure(fixed.config());
        }
    }

    IpStack stack()
    {
        return stack;
    }

    private void onCarrier(final boolean hasCarrier)
    {
        if (!hasCarrier)
        {
            news.accept("eth0: no carrier");
            return;
        }

        if (!isStarted && plan instanceof AddressPlan.Dhcp)
        {
            stack.dhcpStart(new Leases());
        }
        else if (stack.config() != null && stack.dhcpLease() == null)
        {
            stack.configure(stack.config());                     // tells the link who is here now
        }

        isStarted = true;
        news.accept("eth0: carrier, ether " + front.macAddress() +
            (stack.config() == null ? "" : ", inet " + stack.config()));
    }

    @Override
    public MacAddress macAddress()
    {
        return front.macAddress();
    }

    @Override
    public int mtu()
    {
        return front.mtu();
    }

    @Override
    public boolean send(final DirectBuffer buffer, final int offset, final int length)
    {
        return front.send(buffer, offset, length);
    }

    @Override
    public void onFrame(final FrameHandler handler)
    {
        front.onFrame(handler::onFrame);
    }

    private final class Leases implements DhcpListener
    {
        @Override
        public void onLease(final DhcpLease lease)
        {
            news.accept("eth0: " + lease.config() + " leased from " + lease.server());
        }

        @Override
        public void onLeaseLost()
        {
            news.accept("eth0: lease lost");
        }
    }
}
