package org.skerry.guest.xenbus;

import org.skerry.wire.XenbusState;

/** One device, seen from the half that serves it. */
public interface BackendDevice
{
    /**
     * The frontend is in another state than at the last call. States in between may have been missed.
     *
     * @param frontend its state; {@link XenbusState#UNKNOWN} when its directory has vanished or makes no sense.
     */
    void onFrontendState(XenbusState frontend);

    /** The backend directory has vanished or the bus ends: let go of everything. Nothing is called after this. */
    void close();
}
