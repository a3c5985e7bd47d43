package org.skerry.wire;

/**
 * Identity of a domain: 0 to 0x7FEF. Higher numbers are reserved and have names of their own.
 *
 * <p>Spec: xen.h, DOMID_FIRST_RESERVED.
 *
 * @param value 0 to 0x7FEF.
 */
public record Domid(int value) implements Comparable<Domid>
{
    /** The first domain, which builds all others. */
    public static final Domid DOM0 = new Domid(0);

    /** On the wire: the caller itself. */
    public static final int DOMID_SELF = 0x7FF0;

    /** On the wire, in permissions of xenstore: every domain. */
    public static final int DOMID_ANY = 0x7FF5;

    /** The first number that is no domain. */
    public static final int DOMID_FIRST_RESERVED = 0x7FF0;

    /**
     * @throws IllegalArgumentException when the value is reserved or negative.
     */
    public Domid
    {
        if (value < 0 || value >= DOMID_FIRST_RESERVED)
        {
            throw new IllegalArgumentException("domid out of range: value=" + value);
        }
    }

    @Override
    public int compareTo(final Domid other)
    {
        return Integer.compare(value, other.value);
    }

    @Override
    public String toString()
    {
        return Integer.toString(value);
    }
}
