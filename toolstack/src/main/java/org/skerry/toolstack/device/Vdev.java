package org.skerry.toolstack.device;

import java.util.Objects;

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
    /** Numbers are not negative. */
    public Vdev
    {
        Objects.requireNonNull(name);

        if (number < 0)
        {
            throw new IllegalArgumentException("vdev number out of range: value=" + number);
        }
    }

    @Override
    public String toString()
    {
        return name;
    }
}
