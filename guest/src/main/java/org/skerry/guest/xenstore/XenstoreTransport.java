package org.skerry.guest.xenstore;

import org.skerry.wire.xs.XsOp;

/** How requests get to the store and answers back: over the ring page or over the unix socket. */
interface XenstoreTransport extends AutoCloseable
{
    /**
     * Send a request and wait for its answer.
     *
     * @param op      of the request.
     * @param txId    of the transaction, 0 outside one.
     * @param payload at most 4096 bytes.
     * @return the answer, an error included.
     * @throws XenstoreException EIO when the connection is lost.
     */
    XenstoreMessage call(XsOp op, int txId, byte[] payload);

    /** @return false once the connection is lost. */
    boolean isOpen();

    @Override
    void close();
}
