package org.skerry.blkback;

import java.util.HashMap;
import java.util.Map;
import org.skerry.guest.xenbus.BackendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.wire.Blkif;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.XenbusState;

/**
 * One virtual block device, seen from the half that serves it: the handshake in xenstore, and between Connected and
 * Closing a {@link BlkbackRing}.
 * <pre>
 *   Initialising --image is here--> InitWait --frontend Initialised--> Connected --frontend Closing--> Closing
 *                                      ^                                                                  |
 *                                      +------ frontend Initialising, still online ------ Closed <--------+
 * </pre>
 * A device that was Connected before this process began (an earlier instance served it) is connected again at once,
 * without the frontend's help: its ring and its port still stand in xenstore.
 */
final class Blkback implements BackendDevice
{
    private static final int MAX_RING_PAGE_ORDER = 2;
    private static final int SECTOR_SIZE = Blkif.SECTOR_LENGTH;
    private static final int DISCARD_GRANULARITY = 4096;

    private final XenbusDevice device;
    private final BlkbackHost host;
    private final String imageTag;
    private XenbusState frontend = XenbusState.UNKNOWN;
    private DiskImage image;
    private GrantAccess grants;
    private GrantAccess.RingPages ringPages;
    private BlkbackHost.Channel channel;
    private BlkbackRing ring;
    private boolean isClosed;

    /**
     * Begin the handshake, as far as it goes without the frontend.
     *
     * @param device its directories in xenstore.
     * @param host   the domain.
     */
    Blkback(final XenbusDevice device, final BlkbackHost host)
    {
        this.device = device;
        this.host = host;
        this.imageTag = "vbd/" + device.otherEnd() + "/" + device.id();
        onImage();
    }

    /** @return name of the open file that this device serves. */
    String imageTag()
    {
        return imageTag;
    }

    /** @return true while requests are served. */
    boolean isConnected()
    {
        return ring != null;
    }

    /** @return counters of the connected ring, or null. */
    BlkbackStatistics statistics()
    {
        return ring == null ? null : ring.statistics();
    }

    /** The image may have come: open it and tell the frontend what we can. */
    void onImage()
    {
        if (isClosed || image != null)
        {
            return;
        }
        final int fd = host.takeImage(imageTag);
        if (fd < 0)
        {
            return;                                         // Domain-0 has not handed it over yet
        }

        final boolean isReadOnly = !"w".equals(device.read("mode"));
        image = new DiskImage(fd, isReadOnly);
        if (image.sectorCount() == 0 || image.isReadOnly() != isReadOnly)
        {
            final String why = image.sectorCount() == 0 ? "the image has no whole sector" :
                "mode is w, but the image is open for reading only";
            closeImage();
            device.fail(why + ": params=" + device.read("params"));
            return;
        }
        publishFeatures();
        if (frontend == XenbusState.INITIALISED || frontend == XenbusState.CONNECTED)
        {
            connect();
        }
        else if (device.state() == XenbusState.INITIALISING)
        {
            device.switchState(XenbusState.INIT_WAIT);
        }
    }

    @Override
    public void onFrontendState(final XenbusState state)
    {
        frontend = state;
        switch (state)
        {
            case INITIALISING ->
            {
                disconnect();
                onImage();
                whenLeft(this::waitForFrontend);
            }
            case INITIALISED ->
            {
                disconnect();                               // a frontend that began anew has another ring
                connect();
            }
            case CONNECTED ->
            {
                if (ring == null && device.state() != XenbusState.CLOSING)
                {
                    connect();
                }
            }
            case CLOSING ->
            {
                disconnect();
                whenLeft(() -> device.switchState(XenbusState.CLOSING));
            }
            case CLOSED, UNKNOWN ->
            {
                disconnect();
                whenLeft(() -> device.switchState(XenbusState.CLOSED));
                if (!isOnline())
                {
                    closeImage();                           // nobody will come back: free the file, and its lock
                }
            }
            case INIT_WAIT, RECONFIGURING, RECONFIGURED ->
            {
            }
        }
    }

    @Override
    public void close()
    {
        isClosed = true;
        disconnect();
        closeImage();
    }

    /**
     * Serve what the frontend has asked.
     *
     * @param limit most requests.
     * @return 0 when there was nothing to do.
     */
    int serve(final int limit)
    {
        if (ring == null)
        {
            return 0;
        }
        final int result = ring.serve(limit);
        if (result >= 0)
        {
            return result;
        }
        disconnect();
        device.fail("the frontend broke the protocol: its req_prod is beyond the ring");

        return 1;
    }

    private void publishFeatures()
    {
        final Map<String, String> nodes = new HashMap<>();
        nodes.put("feature-persistent", "1");
        nodes.put("feature-flush-cache", "1");
        nodes.put("feature-barrier", "1");
        nodes.put("max-ring-page-order", Integer.toString(MAX_RING_PAGE_ORDER));
        nodes.put("feature-max-indirect-segments", Integer.toString(GrantAccess.MAX_SEGMENTS));
        if (!image.isReadOnly() && device.readNumber("discard-enable", 1) != 0)
        {
            nodes.put("feature-discard", "1");
            nodes.put("discard-granularity", Integer.toString(DISCARD_GRANULARITY));
            nodes.put("discard-alignment", "0");
        }
        device.writeAll(nodes);
    }

    private void waitForFrontend()
    {
        if (image != null && isOnline())
        {
            device.switchState(XenbusState.INIT_WAIT);
        }
    }

    /** The frontend may end its grants when it reads the next state: not before its pages are back. */
    private void whenLeft(final Runnable task)
    {
        host.whenLeft(device.otherEnd(), task);
    }

    private void connect()
    {
        if (image == null || !isOnline())
        {
            return;                                         // when the image comes, it looks at the frontend's state
        }
        final String protocol = device.readOther("protocol");
        final int[] refs = ringRefs();
        final long port = device.readOtherNumber("event-channel", EventChannelPort.MAX_PORTS - 1);
        if (protocol != null && !protocol.equals(Blkif.PROTOCOL_X86_64))
        {
            device.fail("the frontend speaks another protocol than " + Blkif.PROTOCOL_X86_64);
            return;
        }
        if (refs == null || port < 1)
        {
            device.fail("the frontend has no usable ring-ref and event-channel");
            return;
        }

        if (grants == null)
        {
            grants = host.grantAccess(device.otherEnd());
            ringPages = grants.ringPages(refs);
        }
        final int status = ringPages.tryMap();
        if (status == GrantStatus.EAGAIN)
        {
            grants.whenMoved(this::onMoved);
            return;
        }
        if (status != GrantStatus.OKAY)
        {
            disconnect();
            device.fail("the ring cannot be mapped: ring-ref=" + refs[0] + ", status=" + status);
            return;
        }
        channel = host.bind(device.otherEnd(), (int)port, this::onEvent);
        if (channel == null)
        {
            disconnect();
            device.fail("the event channel cannot be bound: event-channel=" + port);
            return;
        }
        final boolean isPersistent = device.readOtherNumber("feature-persistent", 1) == 1;
        ring = new BlkbackRing(ringPages.buffer(), image, grants, isPersistent, channel::notifyRemote);
        host.serve(this);
        publishDisk();
    }

    /** @return the references of the ring's pages, or null when there is not one for each. */
    private int[] ringRefs()
    {
        final long order = device.readOther("ring-page-order") == null ? 0 :
            device.readOtherNumber("ring-page-order", MAX_RING_PAGE_ORDER);
        if (order < 0)
        {
            return null;
        }
        final int[] refs = new int[1 << order];
        for (int i = 0; i < refs.length; i++)
        {
            final long ref = device.readOtherNumber("ring-ref" + i, Integer.MAX_VALUE);
            refs[i] = (int)(ref < 0 && i == 0 ? device.readOtherNumber("ring-ref", Integer.MAX_VALUE) : ref);
            if (refs[i] < 0)
            {
                return null;
            }
        }

        return refs;
    }

    /** The frontend's domain has moved pages: those of the ring, of data, or both. */
    private void onMoved()
    {
        if (ring == null && (frontend == XenbusState.INITIALISED || frontend == XenbusState.CONNECTED) && !isClosed)
        {
            connect();
        }
    }

    private void publishDisk()
    {
        device.writeAll(
            Map.of(
                "sectors", Long.toString(image.sectorCount()),
                "sector-size", Integer.toString(SECTOR_SIZE),
                "physical-sector-size", Integer.toString(SECTOR_SIZE),
                "info", Integer.toString(info())));
        if (!device.switchState(XenbusState.CONNECTED))
        {
            disconnect();                                   // the toolstack was faster: it wants the device to go
        }
    }

    /** Whether the toolstack lets the frontend come back; 0 stands there when the device is being unplugged. */
    private boolean isOnline()
    {
        return device.readNumber("online", 1) != 0;
    }

    private int info()
    {
        return (image.isReadOnly() ? Blkif.VDISK_READONLY : 0) |
            ("cdrom".equals(device.read("device-type")) ? Blkif.VDISK_CDROM : 0) |
            (device.readNumber("removable", 1) == 1 ? Blkif.VDISK_REMOVABLE : 0);
    }

    private boolean onEvent()
    {
        return ring != null && ring.onEvent();
    }

    /** Let go of everything of the frontend's, whatever of it there is. */
    private void disconnect()
    {
        if (ring != null)
        {
            host.release(this);
            ring.close();
            ring = null;
        }
        if (channel != null)
        {
            channel.close();
            channel = null;
        }
        if (ringPages != null)
        {
            ringPages.close();
            ringPages = null;
        }
        if (grants != null)
        {
            grants.close();
            grants = null;
        }
    }

    private void closeImage()
    {
        if (image != null)
        {
            image.close();
            image = null;
        }
    }

    @Override
    public String toString()
    {
        return device.path() + " " + device.state() + (ring == null ? "" : " " + ring.statistics());
    }
}
