package org.skerry.examples.net;

import org.agrona.DirectBuffer;

/** A bound UDP port. Belongs to the thread of its stack. */
public final class UdpSocket implements AutoCloseable
{
    private final Udp udp;
    private final UdpHandler handler;
    private final int port;

    UdpSocket(final Udp udp, final int port, final UdpHandler handler)
    {
        this.udp = udp;
        this.port = port;
        this.handler = handler;
    }

    /** @return the own port, 1 to 65535. */
    public int port()
    {
        return port;
    }

    /**
     * Send a datagram. The bytes have been copied when the call returns.
     *
     * @param toAddress of the receiver; may be a broadcast or group address.
     * @param toPort    of the receiver, 1 to 65535.
     * @param buffer    that holds the payload.
     * @param offset    of its first byte.
     * @param length    in bytes, at most the device's mtu less 28.
     * @return what became of it. A closed socket answers {@link SendResult#NO_ROUTE}.
     */
    public SendResult send(
        final int toAddress, final int toPort, final DirectBuffer buffer, final int offset, final int length)
    {
        return udp.send(this, toAddress, toPort, buffer, offset, length);
    }

    /** Give the port back. Again is harmless. */
    @Override
    public void close()
    {
        udp.unbind(this);
    }

    UdpHandler handler()
    {
        return handler;
    }
}
