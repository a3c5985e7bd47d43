package org.skerry.perf.link;

import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.skerry.wire.Blkif;

/**
 * The back of two Agrona ring buffers. Requests are read in place: this link trusts its front.
 */
public final class AgronaBack implements BackLink
{
    private static final int MESSAGE_TYPE = 1;

    private final RingBuffer requests;
    private final RingBuffer responses;
    private final SpinBudget spinBudget = new SpinBudget();
    private final org.agrona.concurrent.MessageHandler onRequest = this::onRequest;
    private MessageHandler handler;

    /**
     * @param requests  read here; over an {@link UnsafeBuffer}.
     * @param responses written here; over an {@link UnsafeBuffer}.
     */
    public AgronaBack(final RingBuffer requests, final RingBuffer responses)
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
    public int poll(final MessageHandler newHandler, final int limit)
    {
        handler = newHandler;
        return requests.read(onRequest, limit);
    }

    @Override
    public boolean answer(final BlkifTraffic traffic)
    {
        final int index = responses.tryClaim(MESSAGE_TYPE, Blkif.RESPONSE_LENGTH);
        if (index < 0)
        {
            return false;
        }
        traffic.encodeResponse((UnsafeBuffer)responses.buffer(), index);
        responses.commit(index);

        return true;
    }

    @Override
    public void release(final BlkifTraffic traffic)
    {
    }

    @Override
    public void flush()
    {
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

    private void onRequest(final int type, final MutableDirectBuffer buffer, final int index, final int length)
    {
        handler.onMessage((UnsafeBuffer)buffer, index);
    }
}
