package org.skerry.pvh;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.wire.Domid;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.ConsoleIoWriteEncoder;
import org.skerry.wire.hypercall.EvtchnStatusEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.SchedWatchdogEncoder;

/**
 * The runner's own hypercalls, on behalf of its guest. On the loop.
 */
final class KernelCalls
{
    private static final int TEXT_OFFSET = 8;

    private final HypercallRing ring;
    private final EvtchnStatusEncoder status = new EvtchnStatusEncoder();
    private final ConsoleIoWriteEncoder write = new ConsoleIoWriteEncoder();
    private final SchedWatchdogEncoder watchdog = new SchedWatchdogEncoder();

    KernelCalls(final HypercallRing ring)
    {
        this.ring = ring;
    }

    /** @return the answer of EvtchnStatus, valid until the next call. */
    HypercallResponseDecoder eventChannelStatus(final int port)
    {
        synchronized (ring)
        {
            status.wrap(ring.page(), ring.claim())
                .op(EvtchnStatusEncoder.TEMPLATE_ID).tag(ring.nextTag()).dom(Domid.DOMID_SELF).port(port);
            ring.submit();

            return ring.await();
        }
    }

    /** @return id of a new watchdog, 0, or a negative errno. */
    long watchdog(final int id, final int timeoutS)
    {
        synchronized (ring)
        {
            watchdog.wrap(ring.page(), ring.claim())
                .op(SchedWatchdogEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .id(Integer.toUnsignedLong(id)).timeoutS(Integer.toUnsignedLong(timeoutS));
            ring.submit();

            return ring.await().result();
        }
    }

    /** Write to the console ring of the hypervisor, which drops what is too much. */
    void consoleWrite(final UnsafeBuffer text, final int length)
    {
        synchronized (ring)
        {
            int done = 0;
            while (done < length)
            {
                int slots = 0;
                for (; done < length && ring.room() > 0; slots++)
                {
                    final int part = Math.min(length - done, Hypercalls.CONSOLE_TEXT_LENGTH);
                    final int slot = ring.claim();
                    write.wrap(ring.page(), slot)
                        .op(ConsoleIoWriteEncoder.TEMPLATE_ID).length(part).tag(ring.nextTag());
                    ring.page().putBytes(slot + TEXT_OFFSET, text, done, part);
                    done += part;
                }
                ring.submit();
                for (; slots > 0; slots--)
                {
                    ring.await();
                }
            }
        }
    }
}
