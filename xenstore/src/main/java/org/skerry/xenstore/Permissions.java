package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may do what with a node. The first entry names the owner, who may do everything, and the rights of everyone
 * without an entry of its own.
 *
 * @param entries one or more.
 */
record Permissions(List<Permission> entries)
{
    /** What the root is created with: nobody but Domain-0. */
    static final Permissions DOM0_ONLY = new Permissions(List.of(new Permission(0, Permission.NONE)));

    Permissions
    {
        entries = List.copyOf(entries);
    }

    int owner()
    {
        return entries.getFirst().domid();
    }

    /** @return {@link Permission#READ}, {@link Permission#WRITE}, {@link Permission#OWNER}. */
    int rights(final Caller caller)
    {
        final Permission first = entries.getFirst();

        if (caller.isPrivileged() || first.isFor(caller))
        {
            return Permission.ALL;
        }

        for (int i = 1; i < entries.size(); i++)
        {
            final Permission entry = entries.get(i);

            if (!entry.isIgnored() && entry.isFor(caller))
            {
                return entry.rights();
            }
        }

        return first.rights();
    }

    boolean allows(final Caller caller, final int rights)
    {
        return (rights(caller) & rights) == rights;
    }

    /** @return what a node created by the caller below one with these has: guests own what they create. */
    Permissions inheritedBy(final Caller caller)
    {
        return caller.isPrivileged() || owner() == caller.domid() ? this : withOwner(caller.domid());
    }

    Permissions withOwner(final int domid)
    {
        final List<Permission> changed = new ArrayList<>(entries);
        changed.set(0, new Permission(domid, entries.getFirst().rights()));
        return new Permissions(changed);
    }

    /** @return the bits of all domains that are named, see {@link Extent#bits}. */
    long domains()
    {
        long bits = 0;

        for (int i = 0; i < entries.size(); i++)
        {
            bits |= Extent.bits(entries.get(i).domid());
        }

        return bits;
    }

    boolean names(final int domid)
    {
        for (final Permission entry : entries)
        {
            if (entry.domid() == domid)
            {
                return true;
            }
        }

        return false;
    }

    /** @return these without the entries of a domain; what it owned goes to Domain-0. */
    Permissions without(final int domid)
    {
        final List<Permission> rest = new ArrayList<>(entries.size());

        for (int i = 0; i < entries.size(); i++)
        {
            final Permission entry = entries.get(i);

            if (entry.domid() != domid)
            {
                rest.add(entry);
            }
            else if (i == 0)
            {
                rest.add(new Permission(0, entry.rights()));
            }
        }

        return new Permissions(rest);
    }

    /** @return as on the wire: each entry and a NUL. */
    byte[] encode()
    {
        final StringBuilder text = new StringBuilder();

        for (final Permission entry : entries)
        {
            text.append(entry).append('\0');
        }

        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
