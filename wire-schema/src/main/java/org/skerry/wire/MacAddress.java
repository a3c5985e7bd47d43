package org.skerry.wire;

import java.util.Locale;

/**
 * An Ethernet address: 48 bits, the first octet on the wire in the highest 8 of them. Written as six pairs of hex
 * digits with colons, the form of the {@code mac} nodes in xenstore and of the {@code mac=} key of a vif.
 *
 * @param value the address, 0 to 0xFFFF_FFFF_FFFF.
 */
public record MacAddress(long value)
{
    /** All stations. */
    public static final MacAddress BROADCAST = new MacAddress(0xFFFF_FFFF_FFFFL);
    /** Xen's vendor part (00:16:3e), in place; the lower 24 bits are the choice of the toolstack. */
    public static final long XEN_OUI = 0x00163E000000L;

    private static final long GROUP_BIT = 1L << 40;
    private static final int TEXT_LENGTH = 17;

    /** Checks the range. */
    public MacAddress
    {
        if ((value & ~0xFFFF_FFFF_FFFFL) != 0)
        {
            throw new IllegalArgumentException("MAC address out of range: value=0x" + Long.toHexString(value));
        }
    }

    /**
     * @param text six pairs of hex digits, either case, with colons between them.
     * @return the address.
     * @throws IllegalArgumentException when the text is anything else.
     */
    public static MacAddress parse(final String text)
    {
        if (text == null || text.length() != TEXT_LENGTH)
        {
            throw new IllegalArgumentException("not a MAC address: " + text);
        }

        long value = 0;
        for (int i = 0; i < TEXT_LENGTH; i++)
        {
            final char c = text.charAt(i);
            if (i % 3 == 2)
            {
                if (c != ':')
                {
                    throw new IllegalArgumentException("not a MAC address: " + text);
                }
            }
            else
            {
                final int digit = c < 0x80 ? Character.digit(c, 16) : -1;
                if (digit < 0)
                {
                    throw new IllegalArgumentException("not a MAC address: " + text);
                }
                value = value << 4 | digit;
            }
        }

        return new MacAddress(value);
    }

    /** @return whether the address names a group of stations (broadcast is one) and so can never be a source. */
    public boolean isGroup()
    {
        return isGroup(value);
    }

    /**
     * The same for a plain number.
     *
     * @param mac 48 bits.
     * @return whether it names a group.
     */
    public static boolean isGroup(final long mac)
    {
        return (mac & GROUP_BIT) != 0;
    }

    @Override
    public String toString()
    {
        return String.format(Locale.ROOT, "%02x:%02x:%02x:%02x:%02x:%02x", value >>> 40, value >>> 32 & 0xFF,
            value >>> 24 & 0xFF, value >>> 16 & 0xFF, value >>> 8 & 0xFF, value & 0xFF);
    }
}
