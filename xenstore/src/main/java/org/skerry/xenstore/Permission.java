package org.skerry.xenstore;

import org.skerry.wire.Domid;

/**
 * One entry of a node's permissions.
 *
 * @param domid     whom it is for; in the first entry of a node the owner.
 * @param rights    {@link #READ} and {@link #WRITE}; in the first entry those of all who have no entry of their own.
 * @param isIgnored named a domain that did not exist when it was set: it gives nothing, not even to a later domain of
 *                  that number.
 */
record Permission(int domid, int rights, boolean isIgnored)
{
    static final int NONE = 0;
    static final int READ = 1;
    static final int WRITE = 2;
    static final int OWNER = 4;
    static final int ALL = READ | WRITE | OWNER;

    /** Domids on the wire are 0 to this. */
    static final int DOMID_MAX = 0xFFFF;

    /** Highest domid that can own a node. */
    static final int OWNER_MAX = Domid.DOMID_FIRST_RESERVED - 1;

    private static final String LETTERS = "nrwb";

    /** Bytes that an entry counts in the size of a node, as in C. */
    static final int LENGTH = 8;

    Permission(final int domid, final int rights)
    {
        this(domid, rights, false);
    }

    /**
     * @param text as on the wire: a letter and a domid.
     * @return the entry, or null when it is none (EINVAL).
     */
    static Permission parse(final String text)
    {
        final int rights = text.isEmpty() ? -1 : LETTERS.indexOf(text.charAt(0));

        if (rights < 0)
        {
            return null;
        }

        final int domid = Decimal.domid(text.substring(1));
        return domid < 0 ? null : new Permission(domid, rights);
    }

    boolean isFor(final Caller caller)
    {
        return domid == caller.domid() || domid == caller.target() || domid == Domid.DOMID_ANY;
    }

    Permission ignored()
    {
        return new Permission(domid, rights, true);
    }

    @Override
    public String toString()
    {
        return LETTERS.charAt(rights) + Integer.toString(domid);
    }
}
