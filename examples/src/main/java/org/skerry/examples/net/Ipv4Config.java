package org.skerry.examples.net;

import java.util.List;

/**
 * What a stack must know to take part in a network.
 *
 * @param address      the own one.
 * @param prefixLength 0 to 32: so many leading bits are common to all stations that can be reached without a gateway.
 * @param gateway      where everything else goes; {@link Ipv4Address#ANY} when there is none.
 * @param nameServers  for whoever asks; the stack itself does not.
 */
public record Ipv4Config(
    Ipv4Address address, int prefixLength, Ipv4Address gateway, List<Ipv4Address> nameServers)
{
    /** Fields of the kernel argument of Linux: client, server, gateway, netmask. */
    private static final int KERNEL_FIELDS = 4;

    /** Checks the ranges. */
    public Ipv4Config
    {
        if (!Ipv4Address.isUnicast(address.value()))
        {
            throw new IllegalArgumentException("no station can have this address: " + address);
        }
        if (prefixLength < 0 || prefixLength > 32)
        {
            throw new IllegalArgumentException("prefix length out of range: " + prefixLength);
        }
        nameServers = List.copyOf(nameServers);
    }

    /**
     * Read an {@code ip=} argument as guests get it: {@code 10.0.0.2/24}, {@code 10.0.0.2/24,10.0.0.1} with a gateway,
     * or the order of Linux's kernel argument, {@code client:server:gateway:netmask[:...]}.
     *
     * @param text without the {@code ip=}.
     * @return the configuration.
     * @throws IllegalArgumentException when the text is anything else.
     */
    public static Ipv4Config parse(final String text)
    {
        final String[] fields = text.split(":", -1);
        if (fields.length >= KERNEL_FIELDS)
        {
            final Ipv4Address gateway = fields[2].isEmpty() ? Ipv4Address.ANY : Ipv4Address.parse(fields[2]);
            final int prefixLength = fields[3].isEmpty() ? 24 : prefixLength(Ipv4Address.parse(fields[3]).value());
            return new Ipv4Config(Ipv4Address.parse(fields[0]), prefixLength, gateway, List.of());
        }

        final int comma = text.indexOf(',');
        final String station = comma < 0 ? text : text.substring(0, comma);
        final int slash = station.indexOf('/');
        if (slash < 0 || !station.substring(slash + 1).matches("[0-9]{1,2}"))
        {
            throw new IllegalArgumentException("not an address with a prefix length: " + text);
        }

        return new Ipv4Config(
            Ipv4Address.parse(station.substring(0, slash)),
            Integer.parseInt(station.substring(slash + 1)),
            comma < 0 ? Ipv4Address.ANY : Ipv4Address.parse(text.substring(comma + 1)),
            List.of());
    }

    /**
     * @param netmask ones, then zeros.
     * @return how many ones.
     * @throws IllegalArgumentException when ones follow zeros.
     */
    static int prefixLength(final int netmask)
    {
        final int length = Integer.numberOfLeadingZeros(~netmask);
        if (netmask != netmask(length))
        {
            throw new IllegalArgumentException("not a netmask: " + Ipv4Address.toText(netmask));
        }

        return length;
    }

    /** @return ones for the network's bits, then zeros. */
    public int netmask()
    {
        return netmask(prefixLength);
    }

    /**
     * @param other any address.
     * @return whether it is reached without a gateway.
     */
    public boolean isOnLink(final int other)
    {
        return ((other ^ address.value()) & netmask()) == 0;
    }

    /** @return the address of all stations of this network; 255.255.255.255 when the prefix is too long for one. */
    public int broadcastAddress()
    {
        return prefixLength > 30 ? -1 : address.value() | ~netmask();
    }

    private static int netmask(final int prefixLength)
    {
        return prefixLength == 0 ? 0 : -1 << 32 - prefixLength;
    }

    @Override
    public String toString()
    {
        return address + "/" + prefixLength + (gateway.equals(Ipv4Address.ANY) ? "" : " via " + gateway);
    }
}
