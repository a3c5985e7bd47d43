package org.skerry.perf.side;

import org.skerry.perf.link.BackSide;
import org.skerry.perf.link.FrontSide;
import org.skerry.perf.link.JctoolsLink;

/**
 * A process whose two threads are the two halves of a link. Each has a control channel of its own.
 */
public final class JctoolsSide
{
    /** Where the channel of the back's thread is; the front's is at the usual place. */
    public static final int BACK_CONTROL_FD = 5;

    private JctoolsSide()
    {
    }

    /**
     * @param args the processors of the front's and of the back's thread, or -1.
     */
    public static void main(final String[] args)
    {
        SideThread.dieWithParent();
        final JctoolsLink link = new JctoolsLink();
        final ControlChannel backControl = new ControlChannel(BACK_CONTROL_FD);
        Thread.ofPlatform().name("back").uncaughtExceptionHandler(JctoolsSide::onFailed).start(() ->
        {
            SideThread.pin(Integer.parseInt(args[1]));
            backControl.send("connected");
            SideThread.serve(backControl, new BackSide(link.back())::run);
        });

        SideThread.pin(Integer.parseInt(args[0]));
        final ControlChannel control = new ControlChannel(ControlChannel.CONTROL_FD);
        control.send("connected");
        SideThread.serve(control, new FrontSide(link.front())::run);
        System.exit(0);
    }

    private static void onFailed(final Thread thread, final Throwable failure)
    {
        failure.printStackTrace();
        Runtime.getRuntime().halt(1);
    }
}
