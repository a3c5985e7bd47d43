package org.skerry.xenstore;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.linux.SysSocket;

/**
 * Where system calls leave what they did, in memory that outlives the process: bytes that were received belong to
 * nobody else any more, bytes that were sent must not be sent again. What a call did counts as long as the group of its
 * sequence is not there; that group says it again. Where no group has to be written, what was received counts as long
 * as its turn does: an answer to all of it ends the turn.
 */
final class CallMemory
{
    /** Bytes that one receive can bring. */
    static final int RECEIVE_MAX = 16 * 1024;

    /** Sends between two groups. */
    static final int SEND_COUNT = 64;

    private static final int SLOT_LENGTH = 128;
    private static final int SEQUENCE = 0;
    private static final int CONNECTION = 8;
    private static final int RING_COUNT = 12;
    private static final int MESSAGE = 16;
    private static final int TURN = 112;
    /** How many turns have ended with an answer, u64. */
    static final int CURRENT_TURN = SEND_COUNT * SLOT_LENGTH + 120;
    private static final int RECEIVE = SEND_COUNT * SLOT_LENGTH;
    private static final int BYTES = RECEIVE + SLOT_LENGTH;

    /** Bytes of all. */
    static final int LENGTH = BYTES + RECEIVE_MAX;

    private final UnsafeBuffer buffer;

    CallMemory(final UnsafeBuffer buffer)
    {
        this.buffer = buffer;
    }

    /** Told of a call that was done and that no group says. */
    interface Call
    {
        void done(int connection, byte[] bytes, int count);
    }

    /**
     * Send.
     *
     * @param slot     0 to {@link #SEND_COUNT} - 1, another one for each send between two groups.
     * @param sequence of the group to come.
     * @return bytes sent, or a negative errno.
     */
    int send(
        final int slot, final long sequence, final int connection, final int fd, final long address, final int length)
    {
        final int at = slot * SLOT_LENGTH;
        final long message = prepare(at, sequence, 0, connection, address, length);
        return SysSocket.sendPrepared(fd, message, SysSocket.MSG_DONTWAIT);
    }

    /**
     * Send, of one piece, the answer to what {@link #receive} brought last, when it changed nothing. Once it is sent,
     * nothing was received.
     *
     * @param slot as of {@link #send}; it may be used again afterwards.
     * @return bytes sent, or a negative errno.
     */
    int answer(
        final int slot, final long sequence, final int connection, final int fd, final long address, final int length)
    {
        final long message = prepare(slot * SLOT_LENGTH, sequence, nextTurn(), connection, address, length);
        final int count = SysSocket.sendPrepared(fd, message, SysSocket.MSG_DONTWAIT);

        if (count == length)
        {
            endTurn();
        }

        return count;
    }

    /** Neither what was received nor an answer counts any more. */
    void endTurn()
    {
        buffer.putLongRelease(CURRENT_TURN, nextTurn());
    }

    private long nextTurn()
    {
        return buffer.getLong(CURRENT_TURN) + 1;
    }

    /** @return bytes received, which are in {@link #received}, 0 at the end, or a negative errno. */
    int receive(final long sequence, final int connection, final int fd)
    {
        final long message =
            prepare(RECEIVE, sequence, nextTurn(), connection, buffer.addressOffset() + BYTES, RECEIVE_MAX);
        return SysSocket.receivePrepared(fd, message, SysSocket.MSG_DONTWAIT);
    }

    /** Bytes are about to leave a ring. */
    void receivedFromRing(final long sequence, final int connection, final byte[] bytes, final int count)
    {
        buffer.putLong(RECEIVE + SEQUENCE, 0);
        buffer.putBytes(BYTES, bytes, 0, count);
        buffer.putInt(RECEIVE + CONNECTION, connection);
        buffer.putInt(RECEIVE + RING_COUNT, count);
        buffer.putLong(RECEIVE + TURN, nextTurn());
        buffer.putLongRelease(RECEIVE + SEQUENCE, sequence);
    }

    /** Copy what {@link #receive} brought. */
    void received(final byte[] target, final int count)
    {
        buffer.getBytes(BYTES, target, 0, count);
    }

    private long prepare(
        final int at, final long sequence, final long turn, final int connection, final long address,
        final int length)
    {
        final long message = buffer.addressOffset() + at + MESSAGE;
        buffer.putLong(at + SEQUENCE, 0);
        buffer.putLong(at + TURN, turn);
        SysSocket.prepareMessage(message, address, length);
        buffer.putInt(at + CONNECTION, connection);
        buffer.putInt(at + RING_COUNT, 0);
        buffer.putLongRelease(at + SEQUENCE, sequence);
        return message;
    }

    /**
     * Find what was done and not said.
     *
     * @param sequence of the first group that is not there.
     */
    void unsaid(final long sequence, final Call onSent, final Call onReceived, final Call onTaken)
    {
        boolean isAnswered = false;

        for (int slot = 0; slot < SEND_COUNT; slot++)
        {
            final int at = slot * SLOT_LENGTH;
            final int count = SysSocket.preparedResult(buffer.addressOffset() + at + MESSAGE);

            if (buffer.getLong(at + SEQUENCE) == sequence && count > 0)
            {
                final long turn = buffer.getLong(at + TURN);
                isAnswered |= turn == nextTurn();

                if (turn == 0)
                {
                    onSent.done(buffer.getInt(at + CONNECTION), null, count);
                }
            }
        }

        if (!isAnswered && buffer.getLong(RECEIVE + SEQUENCE) == sequence &&
            buffer.getLong(RECEIVE + TURN) == nextTurn())
        {
            final int ofRing = buffer.getInt(RECEIVE + RING_COUNT);
            final int count =
                ofRing > 0 ? ofRing : SysSocket.preparedResult(buffer.addressOffset() + RECEIVE + MESSAGE);

            if (count > 0)
            {
                final byte[] bytes = new byte[count];
                received(bytes, count);
                (ofRing > 0 ? onTaken : onReceived).done(buffer.getInt(RECEIVE + CONNECTION), bytes, count);
            }
        }
    }
}
