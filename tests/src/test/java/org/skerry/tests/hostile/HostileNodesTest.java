package org.skerry.tests.hostile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.guest.EventLoop;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenbus.BackendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreSocketClient;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;
import org.skerry.xenstore.XenstoreServer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Nodes that change faster than the backend behind them looks: a real store, and a backend that is busy elsewhere. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileNodesTest
{
    private static final String FRONT = "/local/domain/7/device/vbd/51712";
    private static final String BACK = "/local/domain/0/backend/vbd/7/51712";
    private static final int WRITES = 100_000;
    private static final int WATCHES = 2;

    @TempDir
    Path directory;

    private final EventLoop loop = new EventLoop();
    private final LinkedBlockingQueue<Runnable> backendTasks = new LinkedBlockingQueue<>();
    private final List<XenbusState> seen = new ArrayList<>();
    private int listener;
    private Thread server;
    private XenstoreClient frontend;
    private XenstoreClient backend;

    @BeforeEach
    void setUp() throws IOException
    {
        final Path socket = directory.resolve("socket");
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        assertEquals(0, SysSocket.bindUnix(listener, socket.toString()));
        assertEquals(0, SysSocket.listen(listener, 8));
        new XenstoreServer(loop, listener);
        server = Thread.ofPlatform().daemon().name("xenstore").start(loop::run);
        frontend = XenstoreSocketClient.connect(socket);
        backend = XenstoreSocketClient.connect(socket, backendTasks::add);
    }

    @AfterEach
    void tearDown() throws InterruptedException
    {
        backend.close();
        frontend.close();
        loop.execute(loop::stop);
        server.join();
        Unistd.close(listener);
    }

    @Test
    @Tag("SEC-095")
    void shouldTellABackendTheLastStateOnceHoweverOftenItWasWritten() throws InterruptedException
    {
        Map.of("backend", BACK, "backend-id", "0", "state", "1")
            .forEach((key, value) -> frontend.write(FRONT + "/" + key, value));
        Map.of("frontend", FRONT, "frontend-id", "7", "online", "1", "state", "1")
            .forEach((key, value) -> frontend.write(BACK + "/" + key, value));
        final BackendBus bus = new BackendBus(backend, Domid.DOM0, "vbd", this::probe, why -> {});
        runTasksUntil(XenbusState.INITIALISING);
        seen.clear();

        int waiting = 0;
        for (int i = 0; i < WRITES; i++)
        {
            frontend.write(FRONT + "/state", i % 2 == 0 ? "3" : "4");
            frontend.write(FRONT + "/ring-ref", Integer.toString(i));
            waiting = Math.max(waiting, backendTasks.size());
        }
        assertTrue(waiting <= WATCHES, "a backend that does not look has much to do: " + waiting);
        runTasksUntil(XenbusState.CONNECTED);

        assertTrue(seen.size() <= 2, seen::toString);
        bus.close();
    }

    private BackendDevice probe(final XenbusDevice device)
    {
        return new BackendDevice()
        {
            @Override
            public void onFrontendState(final XenbusState state)
            {
                seen.add(state);
            }

            @Override
            public void close()
            {
                seen.clear();
            }
        };
    }

    private void runTasksUntil(final XenbusState last) throws InterruptedException
    {
        while (seen.isEmpty() || seen.getLast() != last)
        {
            backendTasks.take().run();
        }
    }
}
