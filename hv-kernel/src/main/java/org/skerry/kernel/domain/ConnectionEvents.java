package org.skerry.kernel.domain;

import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.kernel.event.PortEvents;
import org.skerry.wire.hypercall.ChannelBoundEncoder;
import org.skerry.wire.hypercall.ChannelClosedEncoder;
import org.skerry.wire.hypercall.GrantMovedEncoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.MovesWantedEncoder;

/**
 * Tells a domain over its connection what becomes of its ports and of moved frames.
 */
final class ConnectionEvents implements PortEvents
{
    private static final int MESSAGE_LENGTH = 64;

    private final Connection connection;
    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(MESSAGE_LENGTH));
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ChannelBoundEncoder bound = new ChannelBoundEncoder();
    private final ChannelClosedEncoder closed = new ChannelClosedEncoder();
    private final MovesWantedEncoder movesWanted = new MovesWantedEncoder();
    private final GrantMovedEncoder grantMoved = new GrantMovedEncoder();

    ConnectionEvents(final Connection connection)
    {
        this.connection = connection;
    }

    @Override
    public void onBound(
        final int port, final int remoteDomid, final int remotePort, final int remoteBell, final int ownBell)
    {
        bound.wrapAndApplyHeader(buffer, 0, header).port(port).remotePort(remotePort).remoteDomid(remoteDomid);
        connection.sendAbout(
            port, buffer, MessageHeaderEncoder.ENCODED_LENGTH + bound.encodedLength(), remoteBell, ownBell);
    }

    @Override
    public void onClosed(final int port)
    {
        closed.wrapAndApplyHeader(buffer, 0, header).port(port);
        connection.sendAbout(port, buffer, MessageHeaderEncoder.ENCODED_LENGTH + closed.encodedLength());
    }

    void tellMovesWanted()
    {
        movesWanted.wrapAndApplyHeader(buffer, 0, header).reserved(0);
        connection.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + movesWanted.encodedLength());
    }

    void tellMoved(final int granter)
    {
        grantMoved.wrapAndApplyHeader(buffer, 0, header).granter(granter);
        connection.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + grantMoved.encodedLength());
    }

    @Override
    public void onFreed(final int port)
    {
        connection.forget(port);
    }
}
