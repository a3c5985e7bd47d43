package org.skerry.perf.side;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import org.skerry.perf.link.AeronBack;
import org.skerry.perf.link.AeronFront;
import org.skerry.perf.link.BackSide;
import org.skerry.perf.link.FrontSide;

/**
 * A process that is one half of two Aeron streams.
 */
public final class AeronSide
{
    private AeronSide()
    {
    }

    /**
     * @param args {@code front} or {@code back}; the processor of its thread, or -1; directory of the driver.
     */
    public static void main(final String[] args)
    {
        SideThread.dieWithParent();
        final ControlChannel control = new ControlChannel(ControlChannel.CONTROL_FD);
        final boolean isFront = args[0].equals("front");
        final Aeron.Context context = new Aeron.Context()
            .aeronDirectoryName(args[2])
            .driverTimeoutMs(AeronSettings.PATIENCE_NS / 1_000_000);
        try (Aeron aeron = Aeron.connect(context);
            Subscription in = aeron.addSubscription(
                AeronSettings.CHANNEL, isFront ? AeronSettings.RESPONSE_STREAM : AeronSettings.REQUEST_STREAM);
            ExclusivePublication out = aeron.addExclusivePublication(
                AeronSettings.CHANNEL, isFront ? AeronSettings.REQUEST_STREAM : AeronSettings.RESPONSE_STREAM))
        {
            SideThread.pin(Integer.parseInt(args[1]));
            while (!in.isConnected() || !out.isConnected())
            {
                Thread.yield();
            }
            control.send("connected");
            if (isFront)
            {
                SideThread.serve(control, new FrontSide(new AeronFront(out, in))::run);
            }
            else
            {
                SideThread.serve(control, new BackSide(new AeronBack(in, out))::run);
            }
        }
        System.exit(0);
    }
}
