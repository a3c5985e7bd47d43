package org.skerry.perf.side;

import java.nio.ByteBuffer;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.wire.hypercall.EvtchnSendEncoder;
import org.skerry.wire.hypercall.GnttabMapGrantRefEncoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefEncoder;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.linux.Poll;

/** A domain at full speed, with nothing in mind but to keep others from their work. */
final class Flood
{
    private static final int TURN = 64;
    private static final int NOBODY = 999;

    private final Domain domain;
    private final ControlChannel control;
    private final HypercallRing ring;
    private final EventChannel channel;
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH);
    private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();
    private final long[] handles = new long[TURN];

    Flood(final Domain domain, final ControlChannel control, final List<EventChannel> channels)
    {
        this.domain = domain;
        this.control = control;
        this.ring = domain.hypercalls();
        this.channel = channels.getFirst();
        Poll.set(pollfds, 0, control.fd(), Poll.POLLIN);
    }

    /**
     * Go on until a line comes over the control channel, and take the line.
     *
     * @param mode    cpu, bells, hypercalls, connection or maps.
     * @param granter of a page.
     * @param ref     of that page.
     * @return what was done.
     */
    long run(final String mode, final int granter, final int ref)
    {
        long count = 0;
        while (Poll.poll(pollfds, 1, 0) == 0)
        {
            switch (mode)
            {
                case "cpu" -> spin();
                case "bells" -> ring();
                case "hypercalls" -> send();
                case "connection" -> ask();
                case "maps" -> mapAndUnmap(granter, ref);
                default -> throw new IllegalArgumentException(mode);
            }
            count += TURN;
        }
        control.receive(ControlChannel.FOR_EVER);

        return count;
    }

    /** What the scheduler of Linux makes of a domain that wants all of a processor. */
    private static void spin()
    {
        for (int i = 0; i < TURN; i++)
        {
            Thread.onSpinWait();
        }
    }

    /** A system call for each, and none in the hypervisor. */
    private void ring()
    {
        for (int i = 0; i < TURN; i++)
        {
            channel.notifyRemote();
        }
    }

    /** The hypervisor rings for us. */
    private void send()
    {
        for (int i = 0; i < TURN; i++)
        {
            new EvtchnSendEncoder().wrap(ring.page(), ring.claim())
                .op(EvtchnSendEncoder.TEMPLATE_ID).tag(ring.nextTag()).port(channel.port().value());
        }
        submit();
    }

    private void ask()
    {
        for (int i = 0; i < TURN; i++)
        {
            domain.connection().call(new OpenWindowEncoder()
                .wrapAndApplyHeader(domain.connection().out(), 0, domain.connection().headerOut())
                .granter(NOBODY).readOnly((short)0).encodedLength());
        }
    }

    private void mapAndUnmap(final int granter, final int ref)
    {
        for (int i = 0; i < TURN; i++)
        {
            new GnttabMapGrantRefEncoder().wrap(ring.page(), ring.claim())
                .op(GnttabMapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag()).dom(granter).flags(0).grantRef(ref);
        }
        submit();
        for (int i = 0; i < TURN; i++)
        {
            new GnttabUnmapGrantRefEncoder().wrap(ring.page(), ring.claim())
                .op(GnttabUnmapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag()).handle(handles[i]);
        }
        submit();
    }

    private void submit()
    {
        ring.submit();
        for (int i = 0; i < TURN; i++)
        {
            handles[i] = ring.await().value0();
        }
    }
}
