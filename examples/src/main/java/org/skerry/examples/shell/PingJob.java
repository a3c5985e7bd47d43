package org.skerry.examples.shell;

import java.util.Locale;

import org.agrona.concurrent.NanoClock;
import org.skerry.examples.net.IpStack;
import org.skerry.examples.net.Ipv4Address;
import org.skerry.examples.net.PingResult;
import org.skerry.examples.net.SendResult;

/**
 * {@code ping}: one echo request a second, and what became of each. As with the usual ping an answer that is later than
 * the next request counts all the same.
 */
final class PingJob implements Job
{
    private static final int PAYLOAD_LENGTH = 56;
    private static final int HEADER_LENGTH = 8;
    private static final long INTERVAL_NS = 1_000_000_000L;
    private static final long PATIENCE_NS = 10 * INTERVAL_NS;

    private final Terminal terminal;
    private final IpStack network;
    private final NanoClock clock;
    private final Ipv4Address address;
    private final int count;
    private int sent;
    private int received;
    private int waitingFor;
    private long nextSendNs;
    private boolean isCancelled;

    PingJob(
        final Terminal terminal, final IpStack network, final NanoClock clock, final Ipv4Address address,
        final int count)
    {
        this.terminal = terminal;
        this.network = network;
        this.clock = clock;
        this.address = address;
        this.count = count;
        nextSendNs = clock.nanoTime();
        terminal.println("PING " + address + " " + PAYLOAD_LENGTH + " data bytes");
    }

    @Override
    public int doWork()
    {
        if (sent == count || clock.nanoTime() - nextSendNs < 0)
        {
            return 0;
        }

        final int sequence = ++sent;
        waitingFor++;
        nextSendNs = clock.nanoTime() + INTERVAL_NS;
        final SendResult result =
            network.ping(address, PAYLOAD_LENGTH, PATIENCE_NS, answer -> onAnswer(sequence, answer));

        if (!result.isAccepted())
        {
            waitingFor--;
            terminal.println("icmp_seq=" + sequence + " not sent: " + reason(result));
        }

        if (isDone())
        {
            summarise();
        }

        return 1;
    }

    @Override
    public boolean isDone()
    {
        return sent == count && waitingFor == 0;
    }

    @Override
    public long nextDeadlineNs()
    {
        return sent == count ? Long.MAX_VALUE : nextSendNs;
    }

    @Override
    public void cancel()
    {
        isCancelled = true;
        summarise();
    }

    private void onAnswer(final int sequence, final PingResult answer)
    {
        if (isCancelled)
        {
            return;
        }

        waitingFor--;

        switch (answer)
        {
            case PingResult.Reply reply ->
            {
                received++;
                terminal.println(
                    (reply.payloadLength() + HEADER_LENGTH) + " bytes from " + reply.address() +
                    ": icmp_seq=" + sequence + " ttl=" + reply.ttl() + " time=" + milliseconds(reply.rttNs()) + " ms");
            }
            case PingResult.TimedOut timedOut ->
                terminal.println("no answer from " + timedOut.address() + ": icmp_seq=" + sequence);
            case PingResult.Unreachable unreachable ->
                terminal.println("from " + unreachable.from() + ": icmp_seq=" + sequence +
                    " destination unreachable, code " + unreachable.code());
        }

        if (isDone())
        {
            summarise();
        }
    }

    private void summarise()
    {
        final int lost = sent == 0 ? 0 : 100 * (sent - received) / sent;
        terminal.println(sent + " packets transmitted, " + received + " received, " + lost + "% packet loss");
    }

    private static String reason(final SendResult result)
    {
        return switch (result)
        {
            case NO_ROUTE -> "no route (no own address, or no gateway)";
            case TOO_LONG -> "too long";
            case DROPPED -> "the interface took no more";
            case SENT, RESOLVING -> throw new IllegalStateException("it was sent");
        };
    }

    private static String milliseconds(final long nanoseconds)
    {
        return String.format(Locale.ROOT, "%.3f", nanoseconds / 1e6);
    }
}
