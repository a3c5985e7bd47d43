package org.skerry.netback;

import org.skerry.wire.Domid;

/** Where the TAPs come from that Domain-0 hands over. */
interface TapSource
{
    /**
     * @param frontend domid of the vif.
     * @param devid    of the vif.
     * @return the TAP, ours from now on, or null while it has not come.
     */
    TapDevice take(Domid frontend, int devid);
}
