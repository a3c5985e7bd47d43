package org.skerry.guest.hypercall;

import org.skerry.wire.ShutdownReason;

/**
 * What the hypervisor tells a domain unasked. Called on whichever thread reads the connection, with its lock held: note
 * what happened and return.
 */
public interface ConnectionEvents
{
    /**
     * Frames of ours are at home in a window now.
     *
     * @param firstFrame first of them.
     * @param frameCount how many.
     * @param windowFd   ours to close.
     */
    void onWindowHome(int firstFrame, int frameCount, int windowFd);

    /**
     * A port of ours has a peer.
     *
     * @param port        ours.
     * @param remoteDomid the peer.
     * @param remoteBell  to ring the peer; ours to close.
     * @param ownBell     rung by the peer; ours to close.
     */
    void onChannelBound(int port, int remoteDomid, int remoteBell, int ownBell);

    /**
     * The peer is gone.
     *
     * @param port ours.
     */
    void onChannelClosed(int port);

    /**
     * Domain-0 handed something over.
     *
     * @param tag its name.
     * @param fd  ours to close.
     */
    void onCapability(String tag, int fd);

    /**
     * A domain ended; only Domain-0 hears this.
     *
     * @param domid  which.
     * @param reason why; null for a number that is none.
     */
    void onDomainExited(int domid, ShutdownReason reason);

    /** Frames of ours are to be moved; we have said that we do so when asked. */
    void onMovesWanted();

    /**
     * A grant that was not there, or not home, when we asked may be now.
     *
     * @param granter whose.
     */
    void onGrantMoved(int granter);

    /** The hypervisor is gone. */
    void onHangUp();
}
