package org.skerry.wire;

/**
 * Index of an entry in a domain's grant table. It names a page of the granter; it cannot be read through, only the
 * mapping that a map operation returns can.
 *
 * <p>Spec: grant_table.h, grant_ref_t.
 *
 * @param value 0 to 2^31-1; 0 and 1 are reserved for the console and xenstore pages.
 */
public record GrantRef(int value)
{
    /** The page of the domain's first console. Spec: GNTTAB_RESERVED_CONSOLE. */
    public static final GrantRef RESERVED_CONSOLE = new GrantRef(0);

    /** The page of the domain's xenstore ring. Spec: GNTTAB_RESERVED_XENSTORE. */
    public static final GrantRef RESERVED_XENSTORE = new GrantRef(1);

    /** The first reference that a domain may use as it likes. Spec: GNTTAB_NR_RESERVED_ENTRIES. */
    public static final int FIRST_FREE = 8;

    /**
     * @throws IllegalArgumentException when the value is negative.
     */
    public GrantRef
    {
        if (value < 0)
        {
            throw new IllegalArgumentException("grant reference out of range: value=" + value);
        }
    }

    @Override
    public String toString()
    {
        return Integer.toString(value);
    }
}
