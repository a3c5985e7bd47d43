package org.skerry.toolstack.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * Our end of a virtio port of the lab: a unix socket that QEMU connects to. Ends with the machine.
 */
final class LabPort implements AutoCloseable
{
    private static final int LENGTH = 1 << 16;

    private final String name;
    private final Path path;
    private final ServerSocketChannel server;

    /**
     * @param directory to have the socket in.
     * @param name      of the port, after {@code skerry.}.
     * @throws IOException when there can be no socket.
     */
    LabPort(final Path directory, final String name) throws IOException
    {
        this.name = name;
        this.path = directory.resolve(name);
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
    }

    /** @return QEMU's, for this port. */
    List<String> arguments()
    {
        return List.of("-chardev", "socket,id=" + name + ",path=" + path,
            "-device", "virtserialport,chardev=" + name + ",name=skerry." + name);
    }

    /** Copy what comes, as it comes; the thread ends with the machine. */
    Thread copyTo(final OutputStream out)
    {
        return Thread.ofPlatform().daemon().name("lab-" + name).start(() ->
        {
            try (SocketChannel channel = server.accept())
            {
                final byte[] bytes = new byte[LENGTH];
                for (int length = channel.read(ByteBuffer.wrap(bytes)); length >= 0;
                    length = channel.read(ByteBuffer.wrap(bytes)))
                {
                    out.write(bytes, 0, length);
                    out.flush();
                }
            }
            catch (final IOException e)
            {
                Thread.currentThread().interrupt();        // the machine did not start, or our reader has gone
            }
        });
    }

    /** Who waits for the machine to connect waits no longer. */
    void stopListening()
    {
        try
        {
            server.close();
        }
        catch (final IOException e)
        {
            throw new IllegalStateException("cannot close " + path, e);
        }
    }

    @Override
    public void close()
    {
        stopListening();
    }
}
