package org.skerry.examples.net;

import org.agrona.DirectBuffer;

/**
 * Sends every datagram back to where it came from.
 *
 * <p>Spec: RFC 862. Datagrams from port 7 stay without an answer: two echo services would never stop.
 */
public final class UdpEchoService implements AutoCloseable
{
    /** The service's own port. */
    public static final int PORT = 7;

    private final UdpSocket socket;
    private long datagramCount;

    /**
     * @param stack whose port is bound.
     * @param port  usually {@link #PORT}.
     */
    public UdpEchoService(final IpStack stack, final int port)
    {
        socket = stack.udpBind(port, this::answer);
    }

    /** @return datagrams that were answered. */
    public long datagramCount()
    {
        return datagramCount;
    }

    @Override
    public void close()
    {
        socket.close();
    }

    private void answer(
        final UdpSocket to,
        final int fromAddress,
        final int fromPort,
        final DirectBuffer buffer,
        final int offset,
        final int length)
    {
        if (fromPort != PORT && fromPort != 0 && to.send(fromAddress, fromPort, buffer, offset, length).isAccepted())
        {
            datagramCount++;
        }
    }
}
