package org.skerry.perf.link;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.skerry.wire.Blkif;

/**
 * The front of two Agrona ring buffers, one for each direction. Requests are written in place.
 */
public final class AgronaFront implements FrontLink
{
    private static final int MESSAGE_TYPE = 1;

    private final RingBuffer requests;
    private final RingBuffer responses;
    private final BlkifTraffic traffic = new BlkifTraffic();
    private final SpinBudget spinBudget = new SpinBudget();
    private final org.agrona.concurrent.MessageHandler onResponse = this::onResponse;
    private MessageHandler handler;

    /**
     * @param requests  written here; over an {@link UnsafeBuffer}.
     * @param responses read here; over an {@link UnsafeBuffer}.
     */
    public AgronaFront(final RingBuffer requests, final RingBuffer responses)
    {
        this.requests = requests;
        this.responses = responses;
    }

    @Override
    public void begin(final RunSpec spec)
    {
        spinBudget.begin(spec.spinNs());
    }

    @Override
    public boolean offer(final long id, final int operation)
    {
        final int index = requests.tryClaim(MESSAGE_TYPE, Blkif.REQUEST_LENGTH);
        if (index < 0)
        {
            return false;
        }
        traffic.encodeRequest((UnsafeBuffer)requests.buffer(), index, id, operation);
        requests.commit(index);

        return true;
    }

    @Override
    public void flush()
    {
    }

    @Override
    public int poll(final MessageHandler newHandler, final int limit)
    {
        handler = newHandler;
        return responses.read(onResponse, limit);
    }

    @Override
    public boolean isSettled()
    {
        return true;
    }

    @Override
    public void idle()
    {
        spinBudget.spinOrYield();
    }

    @Override
    public void busy()
    {
        spinBudget.reset();
    }

    @Override
    public long bellCount()
    {
        return 0;
    }

    private void onResponse(final int type, final MutableDirectBuffer buffer, final int index, final int length)
    {
        handler.onMessage((UnsafeBuffer)buffer, index);
    }
}
