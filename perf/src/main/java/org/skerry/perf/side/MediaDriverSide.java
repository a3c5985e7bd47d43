package org.skerry.perf.side;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.concurrent.SleepingMillisIdleStrategy;

/**
 * Aeron's media driver in a process of its own. One thread for everything, which sleeps when it has nothing to do:
 * with three threads that spin, two processors are too few for sender and receiver.
 */
public final class MediaDriverSide
{
    private MediaDriverSide()
    {
    }

    /**
     * @param args directory of the driver; it is removed in the end.
     */
    public static void main(final String[] args)
    {
        SideThread.dieWithParent();
        final MediaDriver.Context context = new MediaDriver.Context()
            .aeronDirectoryName(args[0])
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(new SleepingMillisIdleStrategy(1))
            .driverTimeoutMs(AeronSettings.PATIENCE_NS / 1_000_000)
            .clientLivenessTimeoutNs(AeronSettings.PATIENCE_NS)
            .publicationUnblockTimeoutNs(2 * AeronSettings.PATIENCE_NS)
            .spiesSimulateConnection(false);
        try (MediaDriver driver = MediaDriver.launch(context))
        {
            final ControlChannel control = new ControlChannel(ControlChannel.CONTROL_FD);
            control.send("connected " + driver.aeronDirectoryName());
            control.receive(ControlChannel.FOR_EVER);
        }
        System.exit(0);
    }
}
