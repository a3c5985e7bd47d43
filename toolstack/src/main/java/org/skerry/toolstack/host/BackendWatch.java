package org.skerry.toolstack.host;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.device.DeviceLists;
import org.skerry.toolstack.device.VbdInfo;
import org.skerry.toolstack.device.VifInfo;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/**
 * Waits until the backends of a domain are ready for its frontends.
 */
final class BackendWatch
{
    private static final long PATIENCE_NS = Patience.ns(10, TimeUnit.SECONDS);

    /**
     * @param store of the host.
     * @param domid of a domain whose device nodes are written.
     * @throws ToolstackException naming the first device whose backend failed or was not ready in time.
     */
    void await(final XenstoreClient store, final Domid domid)
    {
        for (final VbdInfo vbd : DeviceLists.vbds(store, domid))
        {
            await(store, vbd.backendPath());
        }
        for (final VifInfo vif : DeviceLists.vifs(store, domid))
        {
            await(store, vif.backendPath());
        }
    }

    private static void await(final XenstoreClient store, final String backendPath)
    {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        final Semaphore changes = new Semaphore(0);
        final XenstoreWatch watch = store.watch(backendPath + "/state", path -> changes.release());
        try
        {
            while (!isReady(store, backendPath))
            {
                if (!changes.tryAcquire(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS))
                {
                    throw new ToolstackException("Backend " + backendPath + " not ready");
                }
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted while waiting for backend " + backendPath);
        }
        finally
        {
            watch.close();
        }
    }

    private static boolean isReady(final XenstoreClient store, final String backendPath)
    {
        final XenbusState state = XenbusState.parse(store.read(backendPath + "/state"));
        if (state == XenbusState.CLOSING || state == XenbusState.CLOSED)
        {
            final String why = store.read(backendPath.replaceFirst("/backend/", "/error/backend/") + "/error");
            throw new ToolstackException(
                "Backend " + backendPath + " not ready: " + (why == null ? "it closed" : why));
        }

        return state.code() >= XenbusState.INIT_WAIT.code();
    }
}
