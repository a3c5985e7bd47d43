package org.skerry.examples.shell;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.skerry.examples.net.DhcpLease;
import org.skerry.examples.net.DhcpListener;
import org.skerry.examples.net.GuestNetwork;
import org.skerry.examples.net.IpStack;
import org.skerry.examples.net.UdpEchoService;
import org.skerry.examples.net.VifInterface;
import org.skerry.guest.Domain;
import org.skerry.guest.xenstore.XenstoreClient;

/**
 * The interfaces of this guest: each gets its address when it first has a carrier, and answers ARP and ICMP echo, and
 * UDP echo on port 7, from then on.
 */
final class Interfaces
{
    private final String cmdline;
    private final XenstoreClient store;
    private final Consumer<String> news;
    private final Map<VifInterface, Boolean> carriers = new LinkedHashMap<>();
    private final GuestNetwork network;

    /**
     * @param domain this one.
     * @param store  its connection.
     * @param news   hears, in one line, what happens to an interface.
     */
    Interfaces(final Domain domain, final XenstoreClient store, final Consumer<String> news)
    {
        this.cmdline = domain.startInfo().cmdline();
        this.store = store;
        this.news = news;
        network = new GuestNetwork(domain, store, vif -> new UdpEchoService(vif.stack(), UdpEchoService.PORT));
    }

    /** @return those of now. */
    List<Interface> list()
    {
        return network.interfaces().stream()
            .map(vif -> new Interface(vif.name(), vif.stack(), vif::hasCarrier)).toList();
    }

    /** @return whether every vif that the toolstack gave us has a carrier, and has said so. */
    boolean areReady()
    {
        final List<VifInterface> vifs = network.interfaces();
        return vifs.size() >= store.directory("device/vif").size() &&
            vifs.stream().allMatch(vif -> carriers.getOrDefault(vif, false));
    }

    /** @return carriers that came or went. */
    int doWork()
    {
        int workCount = 0;

        for (final VifInterface vif : network.interfaces())
        {
            final Boolean hadCarrier = carriers.get(vif);

            if (vif.hasCarrier() != (hadCarrier != null && hadCarrier))
            {
                carriers.put(vif, vif.hasCarrier());
                onCarrier(vif, hadCarrier == null);
                workCount++;
            }
        }

        return workCount;
    }

    private void onCarrier(final VifInterface vif, final boolean isFirst)
    {
        final IpStack stack = vif.stack();

        if (!vif.hasCarrier())
        {
            news.accept(vif.name() + ": no carrier");
            return;
        }

        if (isFirst)
        {
            configure(vif);
        }
        else if (stack.config() != null && stack.dhcpLease() == null)
        {
            stack.configure(stack.config());                     // tells the link who is here again
        }

        news.accept(vif.name() + ": carrier, ether " + stack.macAddress() +
            (stack.config() == null ? "" : ", inet " + stack.config()));
    }

    private void configure(final VifInterface vif)
    {
        final String id = vif.name().substring("eth".length());
        final String own = store.read("device/vif/" + id + "/ip");
        final String backend = store.read("device/vif/" + id + "/backend");
        final String node = own != null || backend == null ? own : store.read(backend + "/ip");

        switch (AddressPlan.of("0".equals(id) ? cmdline : "", node))
        {
            case AddressPlan.Fixed(var config) -> vif.stack().configure(config);
            case AddressPlan.Dhcp() -> vif.stack().dhcpStart(new Leases(vif.name(), news));
            case AddressPlan.None(var problem) ->
            {
                if (problem != null)
                {
                    news.accept(vif.name() + ": " + problem);
                }
            }
        }
    }

    /** Says what becomes of leases. */
    record Leases(String name, Consumer<String> news) implements DhcpListener
    {
        @Override
        public void onLease(final DhcpLease lease)
        {
            news.accept(name + ": " + lease.config() + " leased from " + lease.server());
        }

        @Override
        public void onLeaseLost()
        {
            news.accept(name + ": lease lost");
        }
    }
}
