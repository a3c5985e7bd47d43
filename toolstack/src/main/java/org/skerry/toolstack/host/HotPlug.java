package org.skerry.toolstack.host;

import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.device.DeviceLists;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.VbdInfo;
import org.skerry.toolstack.device.Vdev;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;
import org.skerry.wire.linux.Unistd;

/**
 * Gives disks to a guest that runs, and takes them away. Both are done when this says so, or have not happened; one at
 * a time for each guest.
 */
final class HotPlug
{
    private static final long PATIENCE_SECONDS = 10;

    private final Domctl domctl;
    private final Services services;
    private final DomainRegistry registry;

    HotPlug(final Domctl domctl, final Services services, final DomainRegistry registry)
    {
        this.domctl = domctl;
        this.services = services;
        this.registry = registry;
    }

    /** Returns when both ends are Connected. */
    void attach(final Domid domid, final DiskSpec disk)
    {
        final HostDomain domain = guest(domid);
        synchronized (domain.deviceFiles())
        {
            if (vbd(domid, disk.vdev()) != null)
            {
                throw new ToolstackException("domain " + domid + " has a disk " + disk.vdev() + " already");
            }
            final Domid backend = GuestBuilder.backend(services, registry, disk.backend(), ServiceKind.BLK);
            final int image = ImageLocks.open(disk, ToolstackException::new);
            final DeviceFile file =
                new DeviceFile(backend, tag(domid, disk.vdev()), image, () -> Unistd.close(image));
            boolean done = false;
            try
            {
                domctl.giveCapability(backend, file.tag(), image);
                domain.deviceFiles().add(file);
                DeviceNodes.write(services.store(), DeviceNodes.vbd(domid, backend, disk));
                awaitConnected(domid, disk.vdev());
                done = true;
            }
            finally
            {
                if (!done)
                {
                    remove(domain, disk.vdev());
                    file.release();
                    domain.deviceFiles().remove(file);
                }
            }
        }
    }

    /**
     * Returns when the guest has let go of the disk and the image is closed.
     *
     * @param force take it away even when the guest does not let go.
     */
    void detach(final Domid domid, final Vdev vdev, final boolean force)
    {
        final HostDomain domain = guest(domid);
        synchronized (domain.deviceFiles())
        {
            final VbdInfo vbd = vbd(domid, vdev);
            if (vbd == null)
            {
                throw new ToolstackException("domain " + domid + " has no disk " + vdev);
            }
            final XenstoreClient store = services.store();
            store.write(vbd.backendPath() + "/online", "0");
            if (state(vbd.backendPath()) != XenbusState.CLOSED)
            {
                store.write(vbd.backendPath() + "/state", Integer.toString(XenbusState.CLOSING.code()));
            }
            final boolean hasLetGo = await(List.of(vbd.backendPath()), () ->
                state(vbd.backendPath()) == XenbusState.CLOSED || state(vbd.backendPath()) == XenbusState.UNKNOWN);
            if (!hasLetGo && !force)
            {
                throw new ToolstackException("domain " + domid + " does not let go of " + vdev +
                    ": it has been asked to and will when nothing uses the disk any more, or use --force");
            }
            remove(domain, vdev);
            for (final DeviceFile file : domain.deviceFiles())
            {
                if (file.tag().equals(tag(domid, vdev)))
                {
                    file.release();
                    domain.deviceFiles().remove(file);
                }
            }
        }
    }

    private void awaitConnected(final Domid domid, final Vdev vdev)
    {
        final VbdInfo vbd = vbd(domid, vdev);
        final String front = DeviceNodes.frontendPath(DeviceNodes.VBD, domid, vdev.number());
        final boolean areConnected = await(List.of(vbd.backendPath(), front), () ->
        {
            final XenbusState back = state(vbd.backendPath());
            if (back == XenbusState.CLOSING || back == XenbusState.CLOSED)
            {
                final String why =
                    services.store().read(vbd.backendPath().replaceFirst("/backend/", "/error/backend/") + "/error");
                throw new ToolstackException("cannot attach " + vdev + ": " + (why == null ? "it was closed" : why));
            }
            return back == XenbusState.CONNECTED && state(front) == XenbusState.CONNECTED;
        });
        if (!areConnected)
        {
            throw new ToolstackException("domain " + domid + " does not connect " + vdev + " within " +
                PATIENCE_SECONDS + " s: its kernel has no block frontend, or does not run; nothing is attached");
        }
    }

    /** @return whether it came to be in time. */
    private boolean await(final List<String> devices, final BooleanSupplier condition)
    {
        final long deadlineNs = System.nanoTime() + Patience.ns(PATIENCE_SECONDS, TimeUnit.SECONDS);
        final Semaphore changes = new Semaphore(0);
        final List<XenstoreWatch> watches = devices.stream()
            .map(device -> services.store().watch(device + "/state", path -> changes.release())).toList();
        try
        {
            boolean isInTime = true;
            while (!condition.getAsBoolean() && isInTime)
            {
                isInTime = changes.tryAcquire(Math.max(0, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
            }

            return isInTime;
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            return false;
        }
        finally
        {
            watches.forEach(XenstoreWatch::close);
        }
    }

    private void remove(final HostDomain domain, final Vdev vdev)
    {
        DeviceNodes.removeDevice(services.store(), DeviceNodes.VBD, domain.domid(), vdev.number());
    }

    private HostDomain guest(final Domid domid)
    {
        final HostDomain domain = registry.require(domid);
        if (domain.config() == null)
        {
            throw new ToolstackException("domain " + domid + " serves the host; it has no disks");
        }

        return domain;
    }

    private VbdInfo vbd(final Domid domid, final Vdev vdev)
    {
        return DeviceLists.vbds(services.store(), domid).stream()
            .filter(vbd -> vbd.vdev() == vdev.number()).findFirst().orElse(null);
    }

    private XenbusState state(final String device)
    {
        return XenbusState.parse(services.store().read(device + "/state"));
    }

    private static String tag(final Domid domid, final Vdev vdev)
    {
        return "vbd/" + domid + "/" + vdev.number();
    }
}
