package org.skerry.examples.net;

import org.agrona.DirectBuffer;

/** Takes the datagrams of one UDP socket. */
@FunctionalInterface
public interface UdpHandler
{
    /**
     * A datagram came in. Its bytes may be read during the call; the handler may send, also through the same socket.
     *
     * @param socket      it came to.
     * @param fromAddress of the sender.
     * @param fromPort    of the sender, 0 to 65535.
     * @param buffer      that holds the payload.
     * @param offset      of its first byte.
     * @param length      in bytes, 0 and more.
     */
    void onDatagram(UdpSocket socket, int fromAddress, int fromPort, DirectBuffer buffer, int offset, int length);
}
