package org.skerry.kernel.event;

/**
 * What the owner of a port is told.
 */
public interface PortEvents
{
    /**
     * The port has a peer now. The descriptors are the caller's; whoever needs them longer duplicates them.
     *
     * @param port        of the owner.
     * @param remoteDomid the peer.
     * @param remotePort  the peer's port.
     * @param remoteBell  rung to notify the peer.
     * @param ownBell     rung by the peer.
     */
    void onBound(int port, int remoteDomid, int remotePort, int remoteBell, int ownBell);

    /**
     * The peer closed its end or died; the port exists and has no peer.
     *
     * @param port of the owner.
     */
    void onClosed(int port);

    /**
     * The owner closed the port itself: what it was not told about it yet does not matter any more.
     *
     * @param port of the owner.
     */
    void onFreed(int port);
}
