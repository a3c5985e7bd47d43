package org.skerry.perf.side;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.wire.hypercall.XenVersionEncoder;
import org.skerry.wire.linux.Poll;

/**
 * A domain that does what it is told over its control channel, a line for a line:
 * <pre>
 *   alloc DOMID           -&gt; port PORT
 *   bind DOMID PORT       -&gt; ok
 *   grant DOMID           -&gt; ref REF             a page that DOMID can map
 *   quiet                 -&gt; ok                  all channels are bound, and what they rang is forgotten
 *   echo                  -&gt; stopped             answers the first channel, hears others, until a line comes
 *   ping MS               -&gt; result ...          bell round trips over the first channel
 *   run MS PAUSE_US       -&gt; result ...          bell round trips over the first channel, and hypercalls, in turns
 *   hypercalls MS         -&gt; result ...          hypercalls one after the other
 *   flood MODE DOMID REF  -&gt; flooded COUNT       at full speed until a line comes
 * </pre>
 * A result is {@code result BELLS P50 P99 HYPERCALLS P50 P99 ERRORS}, ns.
 */
public final class KernelSide
{
    private static final int PATIENCE_MS = 5000;
    private static final int DIGITS = 3;

    private final Domain domain;
    private final ControlChannel control;
    private final HypercallRing ring;
    private final List<EventChannel> channels = new ArrayList<>();
    private final XenVersionEncoder version = new XenVersionEncoder();
    private final ByteBuffer pollMemory = ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH);
    private final long pollfds = new UnsafeBuffer(pollMemory).addressOffset();
    private long errors;

    private KernelSide(final Domain domain, final ControlChannel control)
    {
        this.domain = domain;
        this.control = control;
        this.ring = domain.hypercalls();
    }

    /**
     * @param args the processor of its thread, or -1; whether to confine itself.
     */
    public static void main(final String[] args)
    {
        SideThread.dieWithParent();
        SideThread.pin(Integer.parseInt(args[0]));
        final ControlChannel control = new ControlChannel(ControlChannel.CONTROL_FD);
        final Domain domain = Domain.attach();
        if (Boolean.parseBoolean(args[1]))
        {
            KernelSide.class.getClassLoader().getResource("none");      // opens all jars; later we could not
            domain.confine(ConfinementProfile.GUEST);
        }

        final KernelSide side = new KernelSide(domain, control);
        for (String line = control.receive(ControlChannel.FOR_EVER); line != null;
            line = control.receive(ControlChannel.FOR_EVER))
        {
            control.send(side.answer(line.split(" ")));
        }
        System.exit(0);
    }

    private String answer(final String[] words)
    {
        return switch (words[0])
        {
            case "alloc" ->
            {
                channels.add(domain.eventChannels().allocUnbound(new Domid(number(words[1]))));
                yield "port " + channels.getLast().port().value();
            }
            case "bind" ->
            {
                channels.add(domain.eventChannels().bindInterdomain(
                    new Domid(number(words[1])), new EventChannelPort(number(words[2]))));
                awaitBound();
                yield "ok";
            }
            case "grant" -> "ref " + domain.grantTable().allocatePool(new Domid(number(words[1])), 1)
                .grantAccess(0, false).value();
            case "quiet" ->
            {
                awaitBound();
                channels.forEach(EventChannel::drain);
                yield "ok";
            }
            case "echo" -> echo();
            case "ping" -> run(number(words[1]), 0, false);
            case "run" -> run(number(words[1]), number(words[2]), true);
            case "hypercalls" -> hypercalls(number(words[1]));
            case "flood" -> "flooded " + new Flood(domain, control, channels).run(
                words[1], number(words[2]), number(words[3]));
            default -> throw new IllegalArgumentException(words[0]);
        };
    }

    /** As every service does: in the turns of its loop, where a peer that rings for nothing is heard late. */
    private String echo()
    {
        awaitBound();
        channels.getFirst().onEvent(channels.getFirst()::notifyRemote);
        channels.stream().skip(1).forEach(channel -> channel.onEventLateEoi(() -> false));
        domain.loop().onReadable(control.fd(), domain.loop()::stop);
        domain.loop().run();
        domain.loop().remove(control.fd());
        control.receive(ControlChannel.FOR_EVER);

        return "stopped";
    }

    private String run(final int milliseconds, final int pauseUs, final boolean isAsking)
    {
        awaitBound();
        final Histogram bells = new Histogram(DIGITS);
        final Histogram calls = new Histogram(DIGITS);
        errors = 0;
        channels.getFirst().drain();
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        long began = System.nanoTime();
        while (began < end)
        {
            channels.getFirst().notifyRemote();
            awaitBell(channels.getFirst());
            final long rung = System.nanoTime();
            bells.recordValue(rung - began);
            if (isAsking)
            {
                hypercall();
                calls.recordValue(System.nanoTime() - rung);
            }
            if (pauseUs > 0)
            {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(pauseUs));
            }
            began = System.nanoTime();
        }

        return result(bells, calls);
    }

    private String hypercalls(final int milliseconds)
    {
        final Histogram calls = new Histogram(DIGITS);
        errors = 0;
        final long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
        long now = System.nanoTime();
        while (now < end)
        {
            final long began = now;
            hypercall();
            now = System.nanoTime();
            calls.recordValue(now - began);
        }

        return result(new Histogram(DIGITS), calls);
    }

    private void hypercall()
    {
        synchronized (ring)
        {
            version.wrap(ring.page(), ring.claim()).op(XenVersionEncoder.TEMPLATE_ID).tag(ring.nextTag());
            ring.submit();
            errors += ring.await().result() > 0 ? 0 : 1;
        }
    }

    private void awaitBell(final EventChannel channel)
    {
        Poll.set(pollfds, 0, channel.ownBell(), Poll.POLLIN);
        errors += Poll.poll(pollfds, 1, PATIENCE_MS) > 0 ? 0 : 1;
        channel.drain();
    }

    private void awaitBound()
    {
        while (!channels.stream().allMatch(EventChannel::isBound))
        {
            domain.loop().poll(-1);
        }
    }

    private String result(final Histogram bells, final Histogram calls)
    {
        return "result " + words(bells) + ' ' + words(calls) + ' ' + errors;
    }

    private static String words(final Histogram times)
    {
        return times.getTotalCount() + " " + times.getValueAtPercentile(50) + ' ' + times.getValueAtPercentile(99);
    }

    private static int number(final String word)
    {
        return Integer.parseInt(word);
    }
}
