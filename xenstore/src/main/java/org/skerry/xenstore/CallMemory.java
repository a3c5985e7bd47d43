package org.skerry.xenstore;

import java.lang.invoke.VarHandle;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.linux.SysSocket;

/**
 * Where system calls leave what they did, in memory that outlives the process: bytes that were received belong to
 * nobody else any more, bytes that were sent must not be sent again. What a call did counts as long as the group of its
 * sequence is not there; that group says it again. What was received and answered without a group counts no more: the
 * answer has the same turn.
 */
final class CallMemory
{
    /** Bytes that one receive can bring. */
    static final int RECEIVE_MAX = 16 * 1024;

    /** Receives between two groups. */
    static final int RECEIVE_COUNT = 16;

    /** Sends between two groups, answers apart. */
    static final int SEND_COUNT = 64;

    /** Bytes of a slot. */
    static final int SLOT_LENGTH = 128;

    /** The first slot of answers; each has the number of the receive that it answers. */
    static final int ANSWER = (SEND_COUNT + RECEIVE_COUNT) * SLOT_LENGTH;

    private static final int SEQUENCE = 0;
    private static final int CONNECTION = 8;
    private static final int RING_COUNT = 12;
    private static final int MESSAGE = 16;
    private static final int BYTES_OFFSET = 104;
    private static final int TURN = 112;
    private static final int RECEIVE = SEND_COUNT * SLOT_LENGTH;
    private static final int LAST_TURN = ANSWER + RECEIVE_COUNT * SLOT_LENGTH;
    private static final int BYTES = LAST_TURN + SLOT_LENGTH;
    private static final int BYTES_LENGTH = 2 * RECEIVE_MAX;

    /** Bytes of all. */
    static final int LENGTH = BYTES + BYTES_LENGTH;

    private final UnsafeBuffer buffer;
    private int bytesOffset;

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
        final long message = prepare(slot * SLOT_LENGTH, sequence, 0, connection, address, length);
        return SysSocket.sendPrepared(fd, message, SysSocket.MSG_DONTWAIT);
    }

    /**
     * Send, of one piece, the answer to what a {@link #receive} brought, when it changed nothing. Once it is sent,
     * nothing was received.
     *
     * @param slot of the receive.
     * @return bytes sent, or a negative errno.
     */
    int answer(
        final int slot, final long sequence, final int connection, final int fd, final long address, final int length)
    {
        final int at = slot * SLOT_LENGTH;
        final long message =
            prepare(ANSWER + at, sequence, buffer.getLong(RECEIVE + at + TURN), connection, address, length);
        return SysSocket.sendPrepared(fd, message, SysSocket.MSG_DONTWAIT);
    }

    /** All receives were answered or said by a group: what they brought makes room. */
    void beginReceives()
    {
        bytesOffset = 0;
    }

    /** @return whether another receive has room. */
    boolean hasRoom()
    {
        return BYTES_LENGTH - bytesOffset >= RECEIVE_MAX;
    }

    /**
     * @param slot 0 to {@link #RECEIVE_COUNT} - 1, another one for each receive since {@link #beginReceives}.
     * @return bytes received, to be had by {@link #received}, 0 at the end, or a negative errno.
     */
    int receive(final int slot, final long sequence, final int connection, final int fd)
    {
        final int at = RECEIVE + slot * SLOT_LENGTH;
        final long address = buffer.addressOffset() + BYTES + bytesOffset;
        invalidate(at);
        buffer.putInt(at + BYTES_OFFSET, bytesOffset);
        final long message = prepare(at, sequence, nextTurn(), connection, address, RECEIVE_MAX);
        return SysSocket.receivePrepared(fd, message, SysSocket.MSG_DONTWAIT);
    }

    /** Copy what the last {@link #receive} brought. */
    void received(final byte[] target, final int count)
    {
        buffer.getBytes(BYTES + bytesOffset, target, 0, count);
        bytesOffset += count;
    }

    /** Bytes are about to leave a ring; the slot is as of {@link #receive}. */
    void receivedFromRing(
        final int slot, final long sequence, final int connection, final byte[] bytes, final int count)
    {
        final int at = RECEIVE + slot * SLOT_LENGTH;
        invalidate(at);
        buffer.putBytes(BYTES + bytesOffset, bytes, 0, count);
        buffer.putInt(at + BYTES_OFFSET, bytesOffset);
        buffer.putInt(at + CONNECTION, connection);
        buffer.putInt(at + RING_COUNT, count);
        buffer.putLong(at + TURN, nextTurn());
        buffer.putLongRelease(at + SEQUENCE, sequence);
        bytesOffset += count;
    }

    private void invalidate(final int at)
    {
        buffer.putLong(at + SEQUENCE, 0);
        VarHandle.storeStoreFence();
    }

    private long nextTurn()
    {
        final long turn = buffer.getLong(LAST_TURN) + 1;
        buffer.putLong(LAST_TURN, turn);
        return turn;
    }

    private long prepare(
        final int at, final long sequence, final long turn, final int connection, final long address,
        final int length)
    {
        final long message = buffer.addressOffset() + at + MESSAGE;
        invalidate(at);
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
        for (int slot = 0; slot < SEND_COUNT; slot++)
        {
            final int at = slot * SLOT_LENGTH;

            if (result(at, sequence) > 0)
            {
                onSent.done(buffer.getInt(at + CONNECTION), null, result(at, sequence));
            }
        }

        for (int slot = 0; slot < RECEIVE_COUNT; slot++)
        {
            final int at = RECEIVE + slot * SLOT_LENGTH;
            final int ofRing = buffer.getInt(at + RING_COUNT);
            final int count = ofRing > 0 && isOf(at, sequence) ? ofRing : result(at, sequence);

            if (count > 0 && !isAnswered(slot, sequence))
            {
                final byte[] bytes = new byte[count];
                buffer.getBytes(BYTES + buffer.getInt(at + BYTES_OFFSET), bytes);
                (ofRing > 0 ? onTaken : onReceived).done(buffer.getInt(at + CONNECTION), bytes, count);
            }
        }
    }

    private boolean isAnswered(final int slot, final long sequence)
    {
        final int at = slot * SLOT_LENGTH;
        return result(ANSWER + at, sequence) > 0 &&
            buffer.getLong(ANSWER + at + TURN) == buffer.getLong(RECEIVE + at + TURN);
    }

    /** @return bytes that a call moved that no group says. */
    private int result(final int at, final long sequence)
    {
        return isOf(at, sequence) ? SysSocket.preparedResult(buffer.addressOffset() + at + MESSAGE) : 0;
    }

    private boolean isOf(final int at, final long sequence)
    {
        return buffer.getLong(at + SEQUENCE) == sequence;
    }
}
