package org.skerry.netback;

import java.util.LinkedHashMap;
import java.util.Map;
import org.skerry.guest.xenbus.BackendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.MacAddress;
import org.skerry.wire.XenbusState;

/**
 * One vif, from its xenstore nodes to its rings: publishes what we can do, waits for the frontend's details and, for a
 * vif on a bridge, for its TAP; connects; and lets go of everything when either side closes.
 *
 * <pre>
 *   frontend says                      we say
 *   Initialising                       InitWait       features are published
 *   Initialised or Connected           Connected      rings are mapped, the vif is plugged in, frames flow
 *   Closing                            Closing        nothing of the frontend is touched any more
 *   Closed, or it is gone              Closed
 * </pre>
 * A frontend that is Connected already when we begin was served by an earlier instance of this domain, whose channel
 * has died with it. We say Closed then; the frontend begins anew, and so do we.
 *
 * <p>Spec: io/netif.h, io/xenbus.h.
 */
final class Netback implements BackendDevice
{
    /** Pages in which frames for one guest wait. */
    static final int QUEUE_FRAMES = 32;

    private static final int DEFAULT_MTU = 1500;
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 65535 - EthernetFrame.MAX_OVERHEAD;
    private static final int MAX_PORT = 4095;

    /** What all vifs of this domain share. */
    record Resources(
        NetbackAgent agent, Switches switches, TapSource taps, FrontendLink link, FrameAllocator frames)
    {
    }

    private final XenbusDevice device;
    private final Resources resources;
    private final VifCounters counters = new VifCounters();
    private XenbusState frontendState = XenbusState.UNKNOWN;
    private TapUplink tap;
    private LearningSwitch learningSwitch;
    private SwitchUplink switchPort;
    private FrontendLink.Pages pages;
    private FrontendLink.Connection connection;
    private VifQueue vif;
    /** The frontend speaks to an earlier instance of us. */
    private boolean isFrontendStale;

    /** Publish what we can do and wait for the frontend. */
    Netback(final XenbusDevice device, final Resources resources)
    {
        this.device = device;
        this.resources = resources;

        if (device.read("switch") == null && device.read("bridge") == null)
        {
            device.fail("a vif needs a switch or a bridge");
            return;
        }

        publishFeatures();
        isFrontendStale = isUp(device.otherEndState());
        device.switchState(isFrontendStale ? XenbusState.CLOSED : XenbusState.INIT_WAIT);
    }

    @Override
    public void onFrontendState(final XenbusState frontend)
    {
        frontendState = frontend;
        if (isFrontendStale)
        {
            if (isUp(frontend))
            {
                return;                                    // it has not seen yet that we are Closed
            }
            isFrontendStale = false;
        }

        switch (frontend)
        {
            case INITIALISING -> onInitialising();
            case INITIALISED, CONNECTED -> tryToConnect();
            case CLOSING ->
            {
                disconnect();
                whenLeft(() -> device.switchState(XenbusState.CLOSING));
            }
            case CLOSED, UNKNOWN ->
            {
                disconnect();
                whenLeft(() -> device.switchState(XenbusState.CLOSED));
            }
            case INIT_WAIT, RECONFIGURING, RECONFIGURED ->
            {
            }
        }
    }

    /** A capability has come that may be our TAP, or the frontend's pages have. */
    void onCapability()
    {
        if (!isFrontendStale && isUp(frontendState))
        {
            tryToConnect();
        }
    }

    @Override
    public void close()
    {
        disconnect();
        if (tap != null)
        {
            tap.close();
            tap = null;
        }
    }

    XenbusDevice device()
    {
        return device;
    }

    VifCounters counters()
    {
        return counters;
    }

    boolean isConnected()
    {
        return vif != null;
    }

    private void publishFeatures()
    {
        final Map<String, String> features = new LinkedHashMap<>();
        features.put("feature-rx-copy", "1");
        features.put("feature-rx-flip", "0");
        features.put("feature-sg", "1");
        features.put("feature-split-event-channels", "1");
        features.put("feature-ipv6-csum-offload", "1");
        device.writeAll(features);
    }

    private void onInitialising()
    {
        disconnect();
        whenLeft(this::waitForFrontend);
    }

    private void waitForFrontend()
    {
        final boolean isOnline = !"0".equals(device.read("online"));
        final XenbusState state = device.state();
        if (isOnline && (state == XenbusState.CLOSED || state == XenbusState.INITIALISING))
        {
            device.switchState(XenbusState.INIT_WAIT);
        }
    }

    /** The frontend may end its grants when it reads the next state: not before its pages are back. */
    private void whenLeft(final Runnable task)
    {
        resources.link().whenLeft(device.otherEnd(), task);
    }

    private void tryToConnect()
    {
        if (vif != null || device.state() != XenbusState.INIT_WAIT || !findTap())
        {
            return;
        }
        if (device.readOtherNumber("request-rx-copy", 1) != 1)
        {
            device.fail("the frontend wants pages flipped, we only copy: request-rx-copy is not 1");
            return;
        }

        final long txRef = device.readOtherNumber("tx-ring-ref", Integer.MAX_VALUE);
        final long rxRef = device.readOtherNumber("rx-ring-ref", Integer.MAX_VALUE);
        final long port = device.readOtherNumber("event-channel", MAX_PORT);
        final long txPort = port < 1 ? device.readOtherNumber("event-channel-tx", MAX_PORT) : port;
        final long rxPort = port < 1 ? device.readOtherNumber("event-channel-rx", MAX_PORT) : port;
        if (txRef < 0 || rxRef < 0 || txPort < 1 || rxPort < 1)
        {
            device.fail("the frontend has no rings: tx-ring-ref=" + txRef + ", rx-ring-ref=" + rxRef +
                ", event-channel=" + port + ", event-channel-tx=" + txPort + ", event-channel-rx=" + rxPort);
            return;
        }

        try
        {
            if (pages == null)
            {
                pages = resources.link().pages(
                    device.otherEnd(), new GrantRef((int)txRef), new GrantRef((int)rxRef));
            }
            if (pages.tryMap())
            {
                connect(new FrontendLink.Ports(
                    new EventChannelPort((int)txPort), new EventChannelPort((int)rxPort)));
            }
            else
            {
                resources.link().whenMoved(device.otherEnd(), this::onCapability);
            }
        }
        catch (final FrontendLink.LinkException | IllegalStateException exception)
        {
            disconnect();
            device.fail(exception.getMessage());
        }
    }

    /** @return false while the vif is on a bridge and its TAP has not come. */
    private boolean findTap()
    {
        if (tap != null || device.read("switch") != null)
        {
            return true;
        }

        final TapDevice found = resources.taps().take(device.otherEnd(), device.id());
        if (found == null)
        {
            return false;
        }

        tap = new TapUplink(found);
        return true;
    }

    private void connect(final FrontendLink.Ports ports) throws FrontendLink.LinkException
    {
        final Domid frontend = device.otherEnd();
        connection = resources.link().connect(frontend, pages, ports, this::onEvent);
        vif = new VifQueue(frontend.value(), connection.txPage(), connection.rxPage(),
            new RxQueue(resources.frames().allocate(QUEUE_FRAMES)), mtu(), device.readOtherNumber("feature-sg", 1) == 1,
            connection, counters);
        plugIn();
        resources.agent().add(vif, this::onViolation);

        if (!device.switchState(XenbusState.CONNECTED))
        {
            disconnect();
        }
    }

    private void plugIn()
    {
        if (tap != null)
        {
            vif.plugInto(tap);
            tap.plug(vif);
            return;
        }

        learningSwitch = resources.switches().open(device.read("switch"));
        final int port = learningSwitch.addPort(vif);
        if (port == MacTable.NO_PORT)
        {
            resources.switches().release(learningSwitch);
            throw new IllegalStateException("the switch has no free port: switch=" + learningSwitch.name());
        }
        switchPort = new SwitchUplink(learningSwitch, port);
        vif.plugInto(switchPort);

        final MacAddress mac = ownMac();
        if (mac != null && !learningSwitch.pin(mac.value(), port))
        {
            throw new IllegalStateException(
                "another vif of the switch has this address: mac=" + mac + ", switch=" + learningSwitch.name());
        }
    }

    /** Stop to touch anything of the frontend. Again is harmless. */
    private void disconnect()
    {
        if (vif != null)
        {
            resources.agent().remove(vif);
            if (tap != null)
            {
                tap.unplug();
            }
            if (switchPort != null)
            {
                switchPort.unplug();
                switchPort = null;
                resources.switches().release(learningSwitch);
            }
            resources.frames().free(vif.rxQueue().frames());
            vif = null;
        }
        if (connection != null)
        {
            connection.close();
            connection = null;
            pages = null;
        }
        if (pages != null)
        {
            pages.close();
            pages = null;
        }
    }

    private boolean onEvent()
    {
        return vif != null && vif.onEvent();
    }

    private void onViolation(final String what)
    {
        disconnect();
        device.fail(what);
    }

    private int mtu()
    {
        final long mtu = device.readNumber("mtu", MAX_MTU);
        return mtu < MIN_MTU ? DEFAULT_MTU : (int)mtu;
    }

    /** @return the address that the toolstack gave to the vif, or null. */
    private MacAddress ownMac()
    {
        final String text = device.read("mac");
        try
        {
            return text == null ? null : MacAddress.parse(text);
        }
        catch (final IllegalArgumentException exception)
        {
            throw new IllegalStateException(exception.getMessage(), exception);
        }
    }

    private static boolean isUp(final XenbusState state)
    {
        return state == XenbusState.INITIALISED || state == XenbusState.CONNECTED;
    }
}
