package org.skerry.netback;

import org.agrona.concurrent.UnsafeBuffer;

/** The way from a vif into its switch. */
final class SwitchUplink implements Uplink
{
    private final LearningSwitch learningSwitch;
    private final int port;

    /** @param port number of the vif's port in the switch. */
    SwitchUplink(final LearningSwitch learningSwitch, final int port)
    {
        this.learningSwitch = learningSwitch;
        this.port = port;
    }

    @Override
    public boolean send(final UnsafeBuffer buffer, final int offset, final int length)
    {
        return learningSwitch.forward(port, buffer, offset, length);
    }

    @Override
    public void onRoom()
    {
        // Nobody waits for room: whoever finds the queue full drops.
    }

    /** Pull the port out. */
    void unplug()
    {
        learningSwitch.removePort(port);
    }
}
