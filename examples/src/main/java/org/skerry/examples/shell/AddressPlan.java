package org.skerry.examples.shell;

import org.skerry.examples.net.Ipv4Config;

/**
 * Where a guest's address comes from: {@code ip=ADDR/PREFIX[,GATEWAY]} or {@code ip=dhcp} on the command line, else the
 * {@code ip} node of the vif (its own, or the one of its backend, where toolstacks write it), else nowhere.
 */
sealed interface AddressPlan
{
    /** An address that somebody wrote down. */
    record Fixed(Ipv4Config config) implements AddressPlan
    {
    }

    /** An address that a server lends. */
    record Dhcp() implements AddressPlan
    {
    }

    /**
     * No address, until somebody types one.
     *
     * @param problem what was wrong with what was written down, or null.
     */
    record None(String problem) implements AddressPlan
    {
    }

    /** Prefix of an address that comes without one, as toolstacks write it. */
    String DEFAULT_PREFIX = "/24";

    /**
     * @param cmdline of the kernel.
     * @param node    of the vif: addresses with blanks between, of which the first counts; null for none.
     */
    static AddressPlan of(final String cmdline, final String node)
    {
        for (final String word : cmdline.split("\\s+"))
        {
            if (word.startsWith("ip="))
            {
                return parse(word.substring("ip=".length()));
            }
        }

        if (node == null || node.isBlank())
        {
            return new None(null);
        }

        final String first = node.strip().split("\\s+")[0];
        return parse(first.indexOf('/') < 0 ? first + DEFAULT_PREFIX : first);
    }

    private static AddressPlan parse(final String text)
    {
        if ("dhcp".equals(text))
        {
            return new Dhcp();
        }

        if ("off".equals(text) || "none".equals(text))
        {
            return new None(null);
        }

        try
        {
            return new Fixed(Ipv4Config.parse(text));
        }
        catch (final IllegalArgumentException exception)
        {
            return new None("ip=" + text + ": " + exception.getMessage());
        }
    }
}
