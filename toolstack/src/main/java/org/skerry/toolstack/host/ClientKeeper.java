package org.skerry.toolstack.host;

import java.util.concurrent.CompletableFuture;

import org.skerry.guest.EventLoop;
import org.skerry.toolstack.ToolstackException;

/** {@link KeptClients} on a thread of their own. */
final class ClientKeeper
{
    private final EventLoop loop = new EventLoop();
    private final KeptClients clients;
    private final Thread thread;

    /**
     * @param listener a listening unix socket that does not block; stays the caller's, who closes it after this.
     */
    ClientKeeper(final int listener)
    {
        clients = new KeptClients(loop, listener);
        final CompletableFuture<Void> isOwned = new CompletableFuture<>();
        thread = Thread.ofPlatform().daemon().name("xenstore-clients").start(() ->
        {
            loop.poll(0);
            isOwned.complete(null);
            loop.run();
        });
        isOwned.join();
    }

    /**
     * Another process serves the clients from now on.
     *
     * @return where it takes them from; the caller's, to be closed once it was given away.
     * @throws ToolstackException when Linux has no descriptors.
     */
    int newProcess()
    {
        return clients.newProcess();
    }

    /** Let go of all clients. */
    void close()
    {
        loop.execute(loop::stop);
        try
        {
            thread.join();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
        clients.close();
        loop.close();
    }
}
