package org.skerry.examples.net;

/**
 * An IPv4 address for people: in configuration, on the screen. Where frames are handled, an address is a plain
 * {@code int} with the first octet on the wire in its highest 8 bits; {@link #value()} is that number.
 *
 * @param value the address; every number is one.
 */
public record Ipv4Address(int value)
{
    /** 0.0.0.0: no address. */
    public static final Ipv4Address ANY = new Ipv4Address(0);

    /**
     * @param text four decimal numbers from 0 to 255 with dots between them, without signs, blanks or leading zeros.
     * @return the address.
     * @throws IllegalArgumentException when the text is anything else.
     */
    public static Ipv4Address parse(final String text)
    {
        int value = 0;
        int octet = -1;
        int octetCount = 0;

        for (int i = 0; i <= text.length(); i++)
        {
            final char c = i < text.length() ? text.charAt(i) : '.';
            if (c >= '0' && c <= '9' && octet != 0)
            {
                octet = Math.max(octet, 0) * 10 + c - '0';
            }
            else if (c != '.' || octet < 0 || ++octetCount > 4)
            {
                throw new IllegalArgumentException("not an IPv4 address: " + text);
            }
            else
            {
                value = value << 8 | octet;
                octet = -1;
            }

            if (octet > 255)
            {
                throw new IllegalArgumentException("not an IPv4 address: " + text);
            }
        }

        if (octetCount != 4)
        {
            throw new IllegalArgumentException("not an IPv4 address: " + text);
        }

        return new Ipv4Address(value);
    }

    /**
     * @param address as a number.
     * @return four decimal numbers with dots.
     */
    public static String toText(final int address)
    {
        return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." +
            (address >>> 8 & 0xFF) + "." + (address & 0xFF);
    }

    /**
     * @param address as a number.
     * @return whether one station can have it: no group, not 0.x, not 127.x, not broadcast.
     */
    static boolean isUnicast(final int address)
    {
        final int first = address >>> 24;
        return first != 0 && first != 127 && first < 224;
    }

    @Override
    public String toString()
    {
        return toText(value);
    }
}
