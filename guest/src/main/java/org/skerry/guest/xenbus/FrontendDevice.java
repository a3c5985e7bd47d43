package org.skerry.guest.xenbus;

import org.skerry.wire.XenbusState;

/** One device, seen from the half that uses it. */
public interface FrontendDevice
{
    /**
     * The backend is in another state than at the last call. States in between may have been missed.
     *
     * @param backend its state; {@link XenbusState#UNKNOWN} when its directory has vanished or makes no sense.
     */
    void onBackendState(XenbusState backend);

    /** The frontend directory has vanished or the bus ends: let go of everything. Nothing is called after this. */
    void close();
}
