package org.skerry.perf.link;

import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Blkif;

/**
 * The front of two Aeron streams, one for each direction. Requests are written in place.
 */
public final class AeronFront implements FrontLink
{
    private final ExclusivePublication requests;
    private final Subscription responses;
    private final BufferClaim claim = new BufferClaim();
    private final BlkifTraffic traffic = new BlkifTraffic();
    private final SpinBudget spinBudget = new SpinBudget();
    private final FragmentHandler onResponse = this::onResponse;
    private MessageHandler handler;

    /**
     * @param requests  connected.
     * @param responses connected.
     */
    public AeronFront(final ExclusivePublication requests, final Subscription responses)
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
        final long position = requests.tryClaim(Blkif.REQUEST_LENGTH, claim);
        if (position < 0)
        {
            AeronClosed.check(position);
            return false;
        }
        traffic.encodeRequest((UnsafeBuffer)claim.buffer(), claim.offset(), id, operation);
        claim.commit();

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
        return responses.poll(onResponse, limit);
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

    private void onResponse(final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        handler.onMessage((UnsafeBuffer)buffer, offset);
    }
}
