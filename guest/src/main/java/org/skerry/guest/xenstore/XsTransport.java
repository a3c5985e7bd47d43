package org.skerry.guest.xenstore;

import org.skerry.wire.xs.XsOp;

/**
 * Carries one request to the store and its answer back.
 */
interface XsTransport extends AutoCloseable
{
    /**
     * @param op            operation.
     * @param transactionId 0 for none.
     * @param payload       at most 4096 bytes.
     * @return payload of the answer.
     * @throws XenstoreException what the store answered; EIO when the connection is gone.
     */
    byte[] call(XsOp op, int transactionId, byte[] payload);

    /**
     * @param sink gets path and token of each event; called before any request is made.
     */
    void onWatchEvent(WatchEventSink sink);

    boolean isOpen();

    @Override
    void close();

    /** Gets watch events, on a thread that may make requests. */
    interface WatchEventSink
    {
        void onWatchEvent(String path, String token);
    }
}
