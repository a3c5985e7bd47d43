package org.skerry.toolstack.device;

import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Name and number of a virtual disk, as the guest sees it.
 *
 * <p>Spec: xen-vbd-interface(7).
 *
 * @param name   as the config writes it: {@code xvda}, {@code hda1}, {@code 0x301}.
 * @param number its name in xenstore.
 */
public record Vdev(String name, int number)
{
    private static final int XVD_MAJOR = 202;
    private static final int XVD_EXTENDED = 1 << 28;
    private static final int SD_MAJOR = 8;
    private static final int HD_MAJOR = 3;
    private static final int HD_SECOND_MAJOR = 22;
    private static final int MAX_XVD_DISK = (1 << 20) - 1;
    private static final int MAX_XVD_PARTITION = 255;

    private static final Pattern LETTERED = Pattern.compile("(xvd|sd|hd)([a-z]+)([1-9][0-9]*)?");
    private static final Pattern PLAIN = Pattern.compile("d([0-9]+)(?:p([0-9]+))?");
    private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F]+|[0-9]+");

    /** Numbers are not negative. */
    public Vdev
    {
        Objects.requireNonNull(name);

        if (number < 0)
        {
            throw new IllegalArgumentException("vdev number out of range: value=" + number);
        }
    }

    /**
     * @param name as a config writes it: {@code xvda1}, {@code sdb}, {@code hdc}, {@code d0p1}, or the number itself,
     *             decimal, hexadecimal or octal.
     * @return the device.
     * @throws IllegalArgumentException when no device is called so.
     */
    public static Vdev parse(final String name)
    {
        final Matcher plain = PLAIN.matcher(name);
        if (plain.matches())
        {
            final long disk = number(plain.group(1));
            final long partition = number(plain.group(2));
            if (disk <= MAX_XVD_DISK && partition <= MAX_XVD_PARTITION)
            {
                return new Vdev(name, xvd((int)disk, (int)partition));
            }
            throw unknown(name);
        }

        final Matcher lettered = LETTERED.matcher(name);
        if (lettered.matches())
        {
            final long disk = disk(lettered.group(2));
            final long partition = number(lettered.group(3));
            switch (lettered.group(1))
            {
                case "xvd" ->
                {
                    if (disk <= MAX_XVD_DISK && partition <= MAX_XVD_PARTITION)
                    {
                        return new Vdev(name, xvd((int)disk, (int)partition));
                    }
                }
                case "sd" ->
                {
                    if (disk <= 15 && partition <= 15)
                    {
                        return new Vdev(name, SD_MAJOR << 8 | (int)disk << 4 | (int)partition);
                    }
                }
                default ->
                {
                    if (disk <= 3 && partition <= 63)
                    {
                        final int major = disk < 2 ? HD_MAJOR : HD_SECOND_MAJOR;
                        return new Vdev(name, major << 8 | ((int)disk & 1) << 6 | (int)partition);
                    }
                }
            }
            throw unknown(name);
        }

        return new Vdev(name, literal(name));
    }

    private static int xvd(final int disk, final int partition)
    {
        return disk <= 15 && partition <= 15 ?
            XVD_MAJOR << 8 | disk << 4 | partition :
            XVD_EXTENDED | disk << 8 | partition;
    }

    /** Letters are digits of base 26 that start at a, with no zero: z is followed by aa. */
    private static long disk(final String letters)
    {
        long disk = -1;
        for (int i = 0; i < letters.length() && disk <= MAX_XVD_DISK; i++)
        {
            disk = (disk + 1) * 26 + (letters.charAt(i) - 'a');
        }

        return disk;
    }

    private static long number(final String digits)
    {
        if (digits == null || digits.isEmpty())
        {
            return 0;
        }

        return digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    private static int literal(final String name)
    {
        try
        {
            if (NUMBER.matcher(name).matches())
            {
                if (name.startsWith("0x") || name.startsWith("0X"))
                {
                    return Integer.parseInt(name, 2, name.length(), 16);
                }
                return Integer.parseInt(name, name.startsWith("0") ? 8 : 10);
            }
        }
        catch (final NumberFormatException ex)
        {
            throw unknown(name);
        }

        throw unknown(name);
    }

    private static IllegalArgumentException unknown(final String name)
    {
        return new IllegalArgumentException(
            "unknown device '" + name + "' (xvda, xvda1, sda1, hdc, d0p1 or a number)");
    }

    @Override
    public String toString()
    {
        return name;
    }
}
