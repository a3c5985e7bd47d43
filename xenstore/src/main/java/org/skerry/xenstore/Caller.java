package org.skerry.xenstore;

import org.skerry.wire.xs.XenstorePath;

/**
 * Who asks. The connection decides it, never a number in a message.
 *
 * @param domid        of the domain; 0 for a socket.
 * @param isPrivileged whether it may do everything: Domain-0, and whoever may open the socket.
 * @param target       domid whose rights it has too, {@link #NO_TARGET} for none.
 * @param home         what its relative paths belong to.
 * @param client       which program it is, as {@code xl[4711]}; empty when nobody knows.
 */
record Caller(int domid, boolean isPrivileged, int target, String home, String client)
{
    static final int NO_TARGET = -1;

    /** Whoever is connected over the unix socket. */
    static final Caller SOCKET = new Caller(0, true, NO_TARGET, XenstorePath.home(0), "");

    static Caller ofDomain(final int domid)
    {
        return new Caller(domid, domid == 0, NO_TARGET, XenstorePath.home(domid), "");
    }

    Caller withTarget(final int newTarget)
    {
        return new Caller(domid, isPrivileged, newTarget, home, client);
    }

    Caller withClient(final String newClient)
    {
        return new Caller(domid, isPrivileged, target, home, newClient);
    }
}
