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
 * The back of two Aeron streams. Requests are read in place: this link trusts its front and its driver.
 */
public final class AeronBack implements BackLink
{
    private final Subscription requests;
    private final ExclusivePublication responses;
    private final BufferClaim claim = new BufferClaim();
    private final SpinBudget spinBudget = new SpinBudget();
    private final FragmentHandler onRequest = this::onRequest;
    private MessageHandler handler;

    /**
     * @param requests  connected.
     * @param responses connected.
     */
    public AeronBack(final Subscription requests, final ExclusivePublication responses)
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
        return requests.poll(onRequest, limit);
    }

    @Override
    public boolean answer(final BlkifTraffic traffic)
    {
        final long position = responses.tryClaim(Blkif.RESPONSE_LENGTH, claim);
        if (position < 0)
        {
            AeronClosed.check(position);
            return false;
        }
        traffic.encodeResponse((UnsafeBuffer)claim.buffer(), claim.offset());
        claim.commit();

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

    private void onRequest(final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        handler.onMessage((UnsafeBuffer)buffer, offset);
    }
}
