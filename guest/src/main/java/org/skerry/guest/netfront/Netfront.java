package org.skerry.guest.netfront;

import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.skerry.guest.Domain;
import org.skerry.guest.xenbus.FrontendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.MacAddress;
import org.skerry.wire.Netif;
import org.skerry.wire.XenbusState;

/**
 * One vif of this domain. Frames can be sent, and come in, while it has a carrier; without one, frames to be sent are
 * dropped and counted.
 *
 * <pre>
 *   backend says                     we say
 *   InitWait                         Connected      rings and pages are published
 *   Connected                                       carrier
 *   Closing                          Closed         no carrier
 *   Closed                                          all pages are taken back
 *   Closed, without Closing before   Initialising   another instance of the backend wants us to begin anew
 * </pre>
 * A backend that dies takes the carrier with it, and nothing else: we wait for what xenstore says next. One owner
 * thread, which runs the event loop and calls {@link #doWork} in every turn.
 *
 * <p>Spec: io/netif.h, io/xenbus.h.
 */
public final class Netfront implements FrontendDevice, Agent
{
    /** Pages to send from, if nothing else is wanted. */
    public static final int DEFAULT_TX_BUFFERS = 64;
    /** Pages to receive into, if nothing else is wanted. */
    public static final int DEFAULT_RX_BUFFERS = 64;

    private static final int FRAME_LIMIT = 64;
    private static final int ETHERNET_HEADER = 14;
    private static final int ETHERNET_OVERHEAD = 18;
    private static final int DEFAULT_MTU = 1500;
    private static final int MIN_MTU = 68;

    /** Hears of the carrier. */
    @FunctionalInterface
    public interface CarrierHandler
    {
        /** @param hasCarrier whether frames can be sent from now on. */
        void onCarrier(boolean hasCarrier);
    }

    private final XenbusDevice device;
    private final NetfrontLink link;
    private final int txBuffers;
    private final int rxBuffers;
    private final MacAddress macAddress;
    private final int mtu;
    private final NetfrontCounters counters = new NetfrontCounters();
    private FrameHandler frameHandler = (buffer, offset, length) -> {};
    private CarrierHandler carrierHandler = hasCarrier -> {};
    private NetfrontLink.Offer offer;
    private NetfrontRings rings;
    private boolean hasCarrier;
    private boolean canSendPieces;
    private boolean isAwake;

    /**
     * Make the driver of a vif over any link.
     *
     * @param device    the vif's nodes.
     * @param link      makes pages and channels.
     * @param txBuffers pages to send from, a power of two, at most 256.
     * @param rxBuffers pages to receive into, a power of two, at most 256.
     * @throws IllegalArgumentException when the vif has no proper {@code mac} node, or a number is wrong.
     */
    public Netfront(final XenbusDevice device, final NetfrontLink link, final int txBuffers, final int rxBuffers)
    {
        requireBufferCount(txBuffers);
        requireBufferCount(rxBuffers);
        this.device = device;
        this.link = link;
        this.txBuffers = txBuffers;
        this.rxBuffers = rxBuffers;
        macAddress = MacAddress.parse(device.read("mac"));
        final long wanted = device.readNumber("mtu", Netif.XEN_NETIF_MAX_TX_SIZE - ETHERNET_OVERHEAD);
        mtu = wanted < MIN_MTU ? DEFAULT_MTU : (int)wanted;
    }

    /**
     * Make the driver of a vif. To be called by a {@link org.skerry.guest.xenbus.FrontendDriver}.
     *
     * @param device the vif's nodes.
     * @param domain this one.
     * @return the driver; the caller adds it to the loop as an agent, and removes it after {@link #close}.
     * @throws IllegalArgumentException when the vif has no proper {@code mac} node.
     */
    public static Netfront probe(final XenbusDevice device, final Domain domain)
    {
        return new Netfront(device, new DomainNetfrontLink(domain), DEFAULT_TX_BUFFERS, DEFAULT_RX_BUFFERS);
    }

    /** @return the vif's number, 0 for the first. */
    public int id()
    {
        return device.id();
    }

    /** @return the vif's address, as the toolstack gave it. */
    public MacAddress macAddress()
    {
        return macAddress;
    }

    /** @return bytes that a frame may carry behind its Ethernet header. */
    public int mtu()
    {
        return mtu;
    }

    /** @return whether frames can be sent. */
    public boolean hasCarrier()
    {
        return hasCarrier;
    }

    /** @return counts as of now. */
    public NetfrontStatistics statistics()
    {
        return counters.snapshot();
    }

    /** @param handler takes frames from now on, within {@link #doWork}. It may send. */
    public void onFrame(final FrameHandler handler)
    {
        frameHandler = handler;
    }

    /** @param handler called when the carrier comes or goes. */
    public void onCarrier(final CarrierHandler handler)
    {
        carrierHandler = handler;
    }

    /**
     * Send a frame. Its bytes have been copied when the call returns.
     *
     * @param buffer that holds the frame.
     * @param offset of its first byte.
     * @param length in bytes, 14 to mtu + 18.
     * @return false when it was dropped: no carrier, no free page, or more than the vif takes.
     */
    public boolean send(final DirectBuffer buffer, final int offset, final int length)
    {
        if (!hasCarrier || length < ETHERNET_HEADER || length > mtu + ETHERNET_OVERHEAD ||
            length > Hypercalls.PAGE_SIZE && !canSendPieces)
        {
            counters.txDropped++;
            return false;
        }

        final int pageCount = rings.send(buffer, offset, length);
        if (pageCount == NetfrontRings.PROTOCOL_VIOLATION)
        {
            violated("the tx ring makes no sense");
            return false;
        }
        if (pageCount == 0)
        {
            counters.txDropped++;
            return false;
        }
        if (rings.push())
        {
            offer.ring();
        }

        return true;
    }

    /**
     * Hand over what has come in, at most one batch.
     *
     * @return 0 when there is nothing to do until the backend rings.
     */
    @Override
    public int doWork()
    {
        if (!isAwake || !hasCarrier)
        {
            return 0;
        }

        final NetfrontRings polled = rings;
        final int slotCount = polled.poll(frameHandler, FRAME_LIMIT);
        if (rings != polled)
        {
            return 1;                                      // a handler's send has found the backend out
        }
        if (slotCount == NetfrontRings.PROTOCOL_VIOLATION)
        {
            violated("the rx ring makes no sense");
            return 1;
        }
        if (slotCount == 0)
        {
            isAwake = polled.finalCheck();
            return isAwake ? 1 : 0;
        }
        if (polled.pushOffers())
        {
            offer.ring();
        }

        return slotCount;
    }

    @Override
    public String roleName()
    {
        return "netfront-" + device.id();
    }

    @Override
    public void onBackendState(final XenbusState backend)
    {
        switch (backend)
        {
            case INIT_WAIT -> connect();
            case CONNECTED ->
            {
                if (rings != null)
                {
                    setCarrier(true);
                }
            }
            case CLOSING ->
            {
                hangUp();
                device.switchState(XenbusState.CLOSED);    // now the backend lets go of our pages, and says Closed
            }
            case UNKNOWN ->
            {
                disconnect();
                device.switchState(XenbusState.CLOSED);
            }
            case CLOSED ->
            {
                final boolean wantsUsAnew = device.state() == XenbusState.CONNECTED;
                disconnect();
                device.switchState(wantsUsAnew ? XenbusState.INITIALISING : XenbusState.CLOSED);
            }
            case INITIALISING, INITIALISED, RECONFIGURING, RECONFIGURED ->
            {
            }
        }
    }

    /** Take everything back. Frames are dropped from now on. */
    @Override
    public void close()
    {
        disconnect();
    }

    private static void requireBufferCount(final int count)
    {
        if (Integer.bitCount(count) != 1 || count < 1 || count > 256)
        {
            throw new IllegalArgumentException("not a power of two up to 256: buffers=" + count);
        }
    }

    private void connect()
    {
        disconnect();
        if (device.readOtherNumber("feature-rx-copy", 1) != 1)
        {
            device.fail("the backend wants to flip pages, we only copy: feature-rx-copy is not 1");
            return;
        }

        canSendPieces = device.readOtherNumber("feature-sg", 1) == 1;
        final Map<String, String> nodes = new LinkedHashMap<>();
        try
        {
            offerRings(nodes);
        }
        catch (final IllegalStateException exception)
        {
            disconnect();
            device.fail(exception.getMessage());
            return;
        }

        nodes.put("request-rx-copy", "1");
        nodes.put("feature-rx-notify", "1");
        nodes.put("feature-sg", "1");
        nodes.put("feature-no-csum-offload", "1");
        if (!device.writeAll(nodes) || !device.switchState(XenbusState.CONNECTED))
        {
            disconnect();
        }
    }

    private void offerRings(final Map<String, String> nodes)
    {
        offer = link.open(device.otherEnd(), NetfrontRings.RING_FRAMES + txBuffers + rxBuffers,
            this::onEvent, this::onBackendGone);

        final int[] refs = new int[txBuffers + rxBuffers];
        for (int i = 0; i < refs.length; i++)
        {
            refs[i] = offer.grant(NetfrontRings.RING_FRAMES + i, i < txBuffers);
        }
        rings = new NetfrontRings(offer.buffer(), txBuffers, rxBuffers, refs, counters);

        nodes.put("tx-ring-ref", Integer.toString(offer.grant(0, false)));
        nodes.put("rx-ring-ref", Integer.toString(offer.grant(1, false)));
        nodes.put("event-channel", Integer.toString(offer.port()));
    }

    /** Use the vif no more. The backend may still look at our pages. */
    private void hangUp()
    {
        setCarrier(false);
        if (rings != null)
        {
            rings.close();
            rings = null;
            offer.hangUp();
        }
    }

    /** The backend has let go of our pages, or never will. */
    private void disconnect()
    {
        hangUp();
        if (offer != null)
        {
            offer.close();
            offer = null;
        }
    }

    private void setCarrier(final boolean newCarrier)
    {
        if (hasCarrier != newCarrier)
        {
            hasCarrier = newCarrier;
            isAwake = newCarrier;
            carrierHandler.onCarrier(newCarrier);
        }
    }

    private boolean onEvent()
    {
        isAwake = true;
        return rings != null && rings.hasResponses();
    }

    private void onBackendGone()
    {
        hangUp();
    }

    private void violated(final String what)
    {
        hangUp();
        device.fail(what);
    }
}
