package org.skerry.wire;

/**
 * One end of an event channel, numbered per domain.
 *
 * <p>Spec: event_channel.h, evtchn_port_t; 2-level ABI.
 *
 * @param value 1 to 4095; port 0 is never valid.
 */
public record EventChannelPort(int value)
{
    /** Ports of the 2-level ABI on a 64-bit machine, port 0 included. */
    public static final int MAX_PORTS = 4096;

    /**
     * @throws IllegalArgumentException when the value is not 1 to 4095.
     */
    public EventChannelPort
    {
        if (value <= 0 || value >= MAX_PORTS)
        {
            throw new IllegalArgumentException("event channel port out of range: value=" + value);
        }
    }

    @Override
    public String toString()
    {
        return Integer.toString(value);
    }
}
