package org.skerry.netback;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.skerry.guest.netfront.Netfront;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenbus.FrontendBus;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Domid;

/** A net driver domain, guests and their xenstore in one thread: real netfronts and netbacks. */
final class TestDomains
{
    static final Domid BACKEND = new Domid(2);

    final TestHost host = new TestHost();
    final MemoryXenstore store = new MemoryXenstore();
    final XenstoreClient dom0 = store.client(Domid.DOM0);
    final Map<String, TapDevice> taps = new HashMap<>();
    final List<String> errors = new ArrayList<>();
    final Map<String, Netback> netbacks = new HashMap<>();
    long nowNs;
    Switches switches;
    NetbackAgent agent;
    BackendBus backendBus;
    private XenstoreClient backendStore;
    final List<Guest> guests = new ArrayList<>();

    TestDomains()
    {
        startBackend();
    }

    /** A guest with one vif. */
    final class Guest
    {
        final int domid;
        final FrontendBus bus;
        final List<byte[]> frames = new ArrayList<>();
        Netfront netfront;

        private Guest(final int domid)
        {
            this.domid = domid;
            bus = new FrontendBus(store.client(new Domid(domid)), new Domid(domid), "vif", device ->
            {
                netfront = new Netfront(device, host.guest(domid), 8, 8);
                netfront.onFrame((buffer, offset, length) ->
                {
                    final byte[] frame = new byte[length];
                    buffer.getBytes(offset, frame);
                    frames.add(frame);
                });
                return netfront;
            }, errors::add);
        }
    }

    void startBackend()
    {
        switches = new Switches(() -> nowNs);
        agent = new NetbackAgent(
            new TxServer(host.allocate(TxServer.STAGE_FRAMES), host), new RxServer(host));
        netbacks.clear();
        final Netback.Resources resources = new Netback.Resources(
            agent, switches, (frontend, devid) -> taps.remove(frontend + "/" + devid), host, host);
        backendStore = store.client(BACKEND);
        backendBus = new BackendBus(backendStore, BACKEND, "vif", device ->
        {
            final Netback netback = new Netback(device, resources);
            netbacks.put(device.otherEnd() + "/" + device.id(), netback);
            return netback;
        }, errors::add);
    }

    /** The driver domain dies as by kill -9: without a word to anybody. */
    void killBackend()
    {
        backendStore.close();
        host.killBackend();
        agent = new NetbackAgent(new TxServer(host.allocate(TxServer.STAGE_FRAMES), host), new RxServer(host));
    }

    /** What the toolstack writes. */
    void plug(final int domid, final String where, final String mac)
    {
        final String front = "/local/domain/" + domid + "/device/vif/0";
        final String back = backendPath(domid);
        dom0.write(back + "/frontend", front);
        dom0.write(back + "/frontend-id", Integer.toString(domid));
        dom0.write(back + "/online", "1");
        dom0.write(back + "/mac", mac);
        dom0.write(back + "/handle", "0");
        dom0.write(back + "/" + where.substring(0, where.indexOf('=')), where.substring(where.indexOf('=') + 1));
        dom0.write(back + "/state", "1");
        dom0.write(front + "/backend", back);
        dom0.write(front + "/backend-id", BACKEND.toString());
        dom0.write(front + "/handle", "0");
        dom0.write(front + "/mac", mac);
        dom0.write(front + "/state", "1");
    }

    static String backendPath(final int domid)
    {
        return "/local/domain/2/backend/vif/" + domid + "/0";
    }

    Guest guest(final int domid)
    {
        final Guest guest = new Guest(domid);
        guests.add(guest);
        return guest;
    }

    Netback netback(final int domid)
    {
        return netbacks.get(domid + "/0");
    }

    String frontState(final int domid)
    {
        return dom0.read("/local/domain/" + domid + "/device/vif/0/state");
    }

    String backState(final int domid)
    {
        return dom0.read(backendPath(domid) + "/state");
    }

    /** Run all loops until nobody has anything to do. @return turns. */
    int settle()
    {
        for (int turn = 0; turn < 1000; turn++)
        {
            int workCount = store.dispatch() + host.dispatch() + agent.doWork();
            for (final Guest guest : guests)
            {
                workCount += guest.netfront == null ? 0 : guest.netfront.doWork();
            }
            if (workCount == 0)
            {
                if (host.lostPages != 0)
                {
                    throw new AssertionError("pages were taken back while they were mapped: " + host.lostPages);
                }
                return turn;
            }
        }
        throw new AssertionError("it never comes to rest");
    }
}
