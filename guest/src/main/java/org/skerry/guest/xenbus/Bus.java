package org.skerry.guest.xenbus;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/**
 * What both ends of xenbus do: follow the device directories of one type as they come and go, and for each device the
 * state of its other end. The device directories are written by the toolstack and by us; the state by the other end.
 */
final class Bus
{
    /** Which half of the devices we are. */
    enum Side
    {
        BACKEND("backend", 2, "frontend", "frontend-id"),
        FRONTEND("device", 1, "backend", "backend-id");

        private final String directory;
        private final int depth;            // names from the type's directory down to a device's
        private final String otherPathKey;
        private final String otherIdKey;

        Side(final String directory, final int depth, final String otherPathKey, final String otherIdKey)
        {
            this.directory = directory;
            this.depth = depth;
            this.otherPathKey = otherPathKey;
            this.otherIdKey = otherIdKey;
        }
    }

    /** One device as a driver made it. */
    interface Half
    {
        void onOtherEndState(XenbusState state);

        void close();
    }

    private static final int MAX_DOMID = Domid.DOMID_FIRST_RESERVED - 1;

    private final XenstoreClient store;
    private final Domid self;
    private final Side side;
    private final String root;
    private final Function<XenbusDevice, Half> driver;
    private final Consumer<String> errorLog;
    private final Map<String, Entry> entries = new TreeMap<>();
    private XenstoreWatch rootWatch;

    Bus(
        final XenstoreClient store, final Domid self, final Side side, final String type,
        final Function<XenbusDevice, Half> driver, final Consumer<String> errorLog)
    {
        this.store = store;
        this.self = self;
        this.side = side;
        this.root = side.directory + "/" + type;
        this.driver = driver;
        this.errorLog = errorLog;
    }

    void start()
    {
        rootWatch = store.watch(root, this::onNodeEvent);
    }

    int deviceCount()
    {
        return (int)entries.values().stream().filter(entry -> entry.half != null).count();
    }

    void close()
    {
        rootWatch.close();
        new ArrayList<>(entries.values()).forEach(this::end);
    }

    /** Something changed in the directories of our own half. */
    private void onNodeEvent(final String path)
    {
        final String[] names = path.startsWith(root + "/") ? path.substring(root.length() + 1).split("/") : null;
        if (names == null || names.length < side.depth)
        {
            scan();
            return;
        }
        final boolean isBelow = names.length > side.depth;
        final String key = side.depth == 2 ? names[0] + "/" + names[1] : names[0];
        if (!isBelow || names[side.depth].equals("state") || !entries.containsKey(key))
        {
            refresh(key);
        }
    }

    private void scan()
    {
        final Set<String> keys = new HashSet<>(entries.keySet());
        for (final String name : store.directory(root))
        {
            if (side.depth == 1)
            {
                keys.add(name);
                continue;
            }
            for (final String id : store.directory(root + "/" + name))
            {
                keys.add(name + "/" + id);
            }
        }
        keys.stream().sorted().forEach(this::refresh);
    }

    /** Compare what we know of a device with what stands in its directory now. */
    private void refresh(final String key)
    {
        final String path = root + "/" + key;
        final String stateText = XenbusDevice.readOrNull(store, path + "/state");
        Entry entry = entries.get(key);
        if (entry != null && (stateText == null || isRemade(entry, XenbusState.parse(stateText))))
        {
            end(entry);
            entry = null;
        }
        if (stateText == null)
        {
            return;
        }
        if (entry == null)
        {
            begin(key, path, XenbusState.parse(stateText));
        }
        else if (XenbusState.parse(stateText) == XenbusState.CLOSING && entry.device.state() != XenbusState.CLOSING)
        {
            onToolstackWantsClosing(entry);
        }
    }

    /**
     * Removed and made again faster than we could look: only the toolstack writes Initialising after the start. When
     * we had not come further ourselves, it is another device if it has another end now.
     */
    private boolean isRemade(final Entry entry, final XenbusState stored)
    {
        return stored == XenbusState.INITIALISING && (entry.device.state() != XenbusState.INITIALISING ||
            !entry.device.otherEndPath().equals(entry.device.read(side.otherPathKey)));
    }

    private void begin(final String key, final String path, final XenbusState state)
    {
        final String[] names = key.split("/");
        final long id = XenbusDevice.parseNumber(names[names.length - 1], Integer.MAX_VALUE);
        final String otherPath = XenbusDevice.readOrNull(store, path + "/" + side.otherPathKey);
        final long otherId =
            XenbusDevice.parseNumber(XenbusDevice.readOrNull(store, path + "/" + side.otherIdKey), MAX_DOMID);
        if (otherPath == null || otherId < 0 || id < 0)
        {
            return;                                         // not all written yet: the next node brings us back
        }
        if (side == Side.BACKEND && XenbusDevice.parseNumber(names[0], MAX_DOMID) != otherId)
        {
            errorLog.accept(path + ": frontend-id does not fit the directory: frontend-id=" + otherId);
            return;
        }

        final XenbusDevice device = new XenbusDevice(
            store, path, otherPath, new Domid((int)otherId), (int)id, state, errorLog);
        final Entry entry = new Entry(key, device);
        entries.put(key, entry);
        guarded(entry, () -> entry.half = driver.apply(device));
        if (entry.half != null)
        {
            guarded(entry, () -> entry.stateWatch =
                store.watch(otherPath + "/state", ignored -> onOtherEndEvent(entry)));
        }
    }

    private void onOtherEndEvent(final Entry entry)
    {
        if (entries.get(entry.key) != entry)
        {
            return;
        }
        final XenbusState state = entry.device.otherEndState();
        if (state != entry.otherEndState)
        {
            entry.otherEndState = state;
            guarded(entry, () -> entry.half.onOtherEndState(state));
        }
    }

    /** A frontend that is not there, or never came, cannot answer Closing: the backend ends the device by itself. */
    private void onToolstackWantsClosing(final Entry entry)
    {
        entry.device.onOwnState(XenbusState.CLOSING);
        if (side == Side.BACKEND && entry.half != null)
        {
            switch (entry.otherEndState)
            {
                case UNKNOWN, INITIALISING, INIT_WAIT, CLOSED ->
                    guarded(entry, () -> entry.half.onOtherEndState(XenbusState.CLOSED));
                case INITIALISED, CONNECTED, CLOSING, RECONFIGURING, RECONFIGURED ->
                {
                }
            }
        }
    }

    private void end(final Entry entry)
    {
        entries.remove(entry.key);
        if (entry.stateWatch != null)
        {
            entry.stateWatch.close();
        }
        if (entry.half != null)
        {
            guarded(entry, entry.half::close);
        }
        entry.device.clearError();
    }

    /** The one place where trouble with one device's nodes is kept from the other devices. */
    private void guarded(final Entry entry, final Runnable call)
    {
        try
        {
            call.run();
        }
        catch (final XenstoreException exception)
        {
            XenbusDevice.rethrowLoss(exception);
            entry.device.fail(exception.getMessage());
        }
    }

    /** Names of the devices we know, for messages and tests. */
    List<String> keys()
    {
        return List.copyOf(entries.keySet());
    }

    @Override
    public String toString()
    {
        return "/local/domain/" + self + "/" + root + " " + keys();
    }

    private static final class Entry
    {
        private final String key;
        private final XenbusDevice device;
        private Half half;
        private XenstoreWatch stateWatch;
        private XenbusState otherEndState = XenbusState.UNKNOWN;

        private Entry(final String key, final XenbusDevice device)
        {
            this.key = key;
            this.device = device;
        }
    }
}
