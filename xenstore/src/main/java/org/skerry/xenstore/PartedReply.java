package org.skerry.xenstore;

import java.util.Iterator;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * A reply of many messages on its way to one client: some a turn, as fast as the client takes them. Should the process
 * end before the last, the client is told EAGAIN instead of the rest, and asks again.
 */
final class PartedReply implements Runnable
{
    private final XsConnection connection;
    private final XsOp op;
    private final int reqId;
    private final Iterator<byte[]> parts;
    private final Turns turns;
    private final byte[] lost;
    private boolean isAwake;

    PartedReply(
        final XsConnection connection, final XsOp op, final int reqId, final Iterator<byte[]> parts, final Turns turns)
    {
        this.connection = connection;
        this.op = op;
        this.reqId = reqId;
        this.parts = parts;
        this.turns = turns;
        this.lost = OutputQueue.message(op, reqId, 0, new XsReply.Failure(Errno.EAGAIN));
    }

    /** @return the message that ends it when its parts are lost. */
    byte[] lost()
    {
        return lost;
    }

    /** There may be room for more. */
    void wake()
    {
        if (!isAwake)
        {
            isAwake = true;
            turns.later(this);
        }
    }

    @Override
    public void run()
    {
        isAwake = false;

        while (connection.takes(this) && parts.hasNext())
        {
            final byte[] message = OutputQueue.message(op, reqId, 0, new XsReply.Payload(parts.next()));
            connection.part(message, !parts.hasNext());
        }
    }
}
