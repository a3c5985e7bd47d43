package org.skerry.toolstack.device;

import java.util.ArrayList;
import java.util.List;
import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.XenbusState;

/**
 * Domains and devices as nodes of xenstore. The lists are pure; {@link #write} puts any number of them there in one
 * transaction, and {@link #removeDomain} takes away all that was put there for a domain.
 * <p>
 * A guest owns its frontend directories and may write there what it likes, so nothing there is believed: which backends
 * a domain has stands a second time under {@code /libxl/DOMID/device}, which only Domain-0 reads and writes.
 *
 * <p>Layout: xenstore-paths(7), io/blkif.h, io/netif.h, io/console.h; as libxl writes it.
 */
public final class DeviceNodes
{
    /** Kinds of device, as xenstore spells them. */
    public static final String VBD = "vbd";
    /** Kinds of device, as xenstore spells them. */
    public static final String VIF = "vif";
    /** Kinds of device, as xenstore spells them. */
    public static final String CONSOLE = "console";

    /** Bytes of output that the console domain keeps for a reader who is away. */
    private static final int CONSOLE_LIMIT = 1 << 20;
    private static final String INITIALISING = Integer.toString(XenbusState.INITIALISING.code());

    private DeviceNodes()
    {
    }

    /**
     * @param spec the domain.
     * @return its home, {@code /vm/UUID} and {@code /libxl/DOMID}.
     */
    public static List<StoreNode> domain(final DomainNodesSpec spec)
    {
        final Domid domid = spec.domid();
        final String home = home(domid);
        final String vm = vmPath(spec.uuid().toString());
        final List<String> readable = readableBy(Domid.DOM0, domid);
        final List<String> own = List.of("n" + domid);
        final List<String> hidden = List.of("n" + Domid.DOM0);

        final List<StoreNode> nodes = new ArrayList<>();
        nodes.add(new StoreNode(home, "", readable));
        nodes.add(new StoreNode(vm, "", readable));
        nodes.add(new StoreNode(libxl(domid), "", hidden));
        nodes.add(new StoreNode(libxl(domid) + "/device", "", hidden));

        add(nodes, libxl(domid), "vm", vm);
        add(nodes, vm, "uuid", spec.uuid().toString());
        add(nodes, vm, "name", spec.name());
        add(nodes, vm, "start_time", spec.startedAt().getEpochSecond() + "." +
            String.format("%02d", spec.startedAt().getNano() / 10_000_000));
        add(nodes, home, "vm", vm);
        add(nodes, home, "name", spec.name());
        add(nodes, home, "domid", domid.toString());
        for (int i = 0; i < spec.maxVcpus(); i++)
        {
            add(nodes, home, "cpu/" + i + "/availability", i < spec.vcpus() ? "online" : "offline");
        }
        add(nodes, home, "memory/target", Long.toString(spec.memoryKb()));
        add(nodes, home, "memory/static-max", Long.toString(spec.maxMemoryKb()));
        nodes.add(new StoreNode(home + "/device", "", readable));
        nodes.add(new StoreNode(home + "/control", "", readable));
        add(nodes, home, "control/platform-feature-multiprocessor-suspend", "1");
        add(nodes, home, "control/platform-feature-xs_reset_watches", "1");
        for (final String name : new String[]{
            "control/shutdown", "control/feature-poweroff", "control/feature-reboot", "control/feature-suspend",
            "control/sysrq", "data", "drivers", "feature", "attr", "error"})
        {
            nodes.add(new StoreNode(home + "/" + name, "", own));
        }

        return nodes;
    }

    /**
     * @param frontend domain that uses the disk.
     * @param backend  domain that serves it.
     * @param disk     what it is.
     * @return both halves, in state Initialising.
     */
    public static List<StoreNode> vbd(final Domid frontend, final Domid backend, final DiskSpec disk)
    {
        final int id = disk.vdev().number();
        final List<StoreNode> nodes = halves(VBD, frontend, backend, id);
        final String front = frontendPath(VBD, frontend, id);
        final String back = backendPath(VBD, backend, frontend, id);
        final String deviceType = disk.cdrom() ? "cdrom" : "disk";

        add(nodes, front, "virtual-device", Integer.toString(id));
        add(nodes, front, "device-type", deviceType);
        add(nodes, front, "trusted", flag(disk.trusted()));

        add(nodes, back, "params", disk.target());
        add(nodes, back, "type", "file");
        add(nodes, back, "mode", disk.writable() ? "w" : "r");
        add(nodes, back, "dev", disk.vdev().name());
        add(nodes, back, "device-type", deviceType);
        add(nodes, back, "removable", flag(disk.cdrom()));
        add(nodes, back, "bootable", "1");
        add(nodes, back, "discard-enable", flag(disk.discard()));
        add(nodes, back, "specification", "xen");
        if (disk.directIoSafe())
        {
            add(nodes, back, "direct-io-safe", "1");
        }

        return nodes;
    }

    /**
     * @param frontend domain that uses the interface.
     * @param backend  domain that serves it.
     * @param vif      what it is.
     * @return both halves, in state Initialising.
     */
    public static List<StoreNode> vif(final Domid frontend, final Domid backend, final VifSpec vif)
    {
        final int id = vif.devid();
        final List<StoreNode> nodes = halves(VIF, frontend, backend, id);
        final String front = frontendPath(VIF, frontend, id);
        final String back = backendPath(VIF, backend, frontend, id);

        add(nodes, front, "handle", Integer.toString(id));
        add(nodes, front, "mac", vif.mac().toString());
        add(nodes, front, "trusted", flag(vif.trusted()));
        nodes.add(new StoreNode(front + "/mtu", Integer.toString(vif.mtu()), readableBy(backend, frontend)));

        add(nodes, back, "handle", Integer.toString(id));
        add(nodes, back, "mac", vif.mac().toString());
        add(nodes, back, "type", "vif");
        add(nodes, back, "mtu", Integer.toString(vif.mtu()));
        addIfSet(nodes, back, "bridge", vif.bridge());
        addIfSet(nodes, back, "switch", vif.switchName());
        addIfSet(nodes, back, "vifname", vif.vifname());
        addIfSet(nodes, back, "ip", vif.ips().isEmpty() ? null : String.join(" ", vif.ips()));
        addIfSet(nodes, back, "rate", vif.rate() == null ? null : vif.rate().toString());
        addIfSet(nodes, back, "gatewaydev", vif.gatewaydev());
        addIfSet(nodes, back, "vlan", vif.vlan());

        return nodes;
    }

    /**
     * The first console of a domain. It has no handshake: the toolstack makes ring and port before the domain runs.
     *
     * @param frontend domain whose console it is.
     * @param backend  domain that serves it.
     * @param gfn      frame of the ring in the frontend, granted to the backend as the reserved grant.
     * @param port     of the frontend, unbound, for the backend.
     * @return both halves.
     */
    public static List<StoreNode> console(
        final Domid frontend, final Domid backend, final int gfn, final EventChannelPort port)
    {
        final String front = frontendPath(CONSOLE, frontend, 0);
        final String back = backendPath(CONSOLE, backend, frontend, 0);
        final List<StoreNode> nodes = new ArrayList<>();

        addLinks(nodes, CONSOLE, frontend, backend, 0);
        nodes.add(new StoreNode(front, "", readableBy(backend, frontend)));
        add(nodes, front, "backend", back);
        add(nodes, front, "backend-id", backend.toString());
        add(nodes, front, "limit", Integer.toString(CONSOLE_LIMIT));
        add(nodes, front, "type", "xenconsoled");
        add(nodes, front, "output", "pty");
        add(nodes, front, "tty", "");
        add(nodes, front, "port", port.toString());
        add(nodes, front, "ring-ref", Integer.toString(gfn));

        addBackend(nodes, CONSOLE, frontend, backend, 0);
        add(nodes, back, "protocol", "vt100");
        add(nodes, back, "limit", Integer.toString(CONSOLE_LIMIT));

        return nodes;
    }

    /**
     * Put nodes into the store, all or none. A node that has permissions of its own is made anew: what was below it is
     * removed.
     *
     * @param store to write to.
     * @param nodes in an order in which a node comes before those below it.
     */
    public static void write(final XenstoreClient store, final List<StoreNode> nodes)
    {
        store.inTransaction(transaction ->
        {
            for (final StoreNode node : nodes)
            {
                if (!node.permissions().isEmpty())
                {
                    transaction.rm(node.path());
                }
                transaction.write(node.path(), node.value());
                if (!node.permissions().isEmpty())
                {
                    transaction.setPermissions(node.path(), node.permissions());
                }
            }
            return null;
        });
    }

    /**
     * Take one device out of the store, both halves.
     *
     * @param store    to write to.
     * @param kind     {@link #VBD}, {@link #VIF} or {@link #CONSOLE}.
     * @param frontend domain that uses it.
     * @param id       of the device.
     */
    public static void removeDevice(
        final XenstoreClient store, final String kind, final Domid frontend, final int id)
    {
        store.inTransaction(transaction ->
        {
            removeBackend(transaction, kind, frontend, Integer.toString(id));
            removeWithEmptyParents(transaction, frontendPath(kind, frontend, id), home(frontend) + "/device");
            removeWithEmptyParents(transaction, libxlDevice(kind, frontend, id), libxl(frontend) + "/device");
            return null;
        });
    }

    /**
     * Take a domain and all its devices out of the store, both halves. What it served to others stays until they go.
     *
     * @param store to write to.
     * @param domid which.
     */
    public static void removeDomain(final XenstoreClient store, final Domid domid)
    {
        store.inTransaction(transaction ->
        {
            final String devices = libxl(domid) + "/device";
            for (final String kind : transaction.directory(devices))
            {
                for (final String id : transaction.directory(devices + "/" + kind))
                {
                    removeBackend(transaction, kind, domid, id);
                }
            }

            final String vm = transaction.read(libxl(domid) + "/vm");
            if (vm != null && vm.startsWith("/vm/"))
            {
                transaction.rm(vm);
            }
            transaction.rm(home(domid));
            transaction.rm(libxl(domid));
            return null;
        });
    }

    /**
     * @param domid which.
     * @return its home directory.
     */
    public static String home(final Domid domid)
    {
        return "/local/domain/" + domid;
    }

    /**
     * @param kind     of device.
     * @param frontend domain that uses it.
     * @param id       of the device.
     * @return directory of the frontend; the first console has a place of its own.
     */
    public static String frontendPath(final String kind, final Domid frontend, final int id)
    {
        return CONSOLE.equals(kind) && id == 0 ?
            home(frontend) + "/console" : home(frontend) + "/device/" + kind + "/" + id;
    }

    /**
     * @param kind     of device.
     * @param backend  domain that serves it.
     * @param frontend domain that uses it.
     * @param id       of the device.
     * @return directory of the backend.
     */
    public static String backendPath(final String kind, final Domid backend, final Domid frontend, final int id)
    {
        return home(backend) + "/backend/" + kind + "/" + frontend + "/" + id;
    }

    static String libxlDevices(final String kind, final Domid frontend)
    {
        return libxl(frontend) + "/device/" + kind;
    }

    private static String libxlDevice(final String kind, final Domid frontend, final int id)
    {
        return libxlDevices(kind, frontend) + "/" + id;
    }

    private static String libxl(final Domid domid)
    {
        return "/libxl/" + domid;
    }

    private static String vmPath(final String uuid)
    {
        return "/vm/" + uuid;
    }

    private static List<StoreNode> halves(
        final String kind, final Domid frontend, final Domid backend, final int id)
    {
        final String front = frontendPath(kind, frontend, id);
        final List<StoreNode> nodes = new ArrayList<>();

        addLinks(nodes, kind, frontend, backend, id);
        nodes.add(new StoreNode(front, "", readableBy(frontend, backend)));
        add(nodes, front, "backend", backendPath(kind, backend, frontend, id));
        add(nodes, front, "backend-id", backend.toString());
        add(nodes, front, "state", INITIALISING);
        addBackend(nodes, kind, frontend, backend, id);

        return nodes;
    }

    private static void addBackend(
        final List<StoreNode> nodes, final String kind, final Domid frontend, final Domid backend, final int id)
    {
        final String back = backendPath(kind, backend, frontend, id);

        nodes.add(new StoreNode(back, "", readableBy(backend, frontend)));
        add(nodes, back, "frontend", frontendPath(kind, frontend, id));
        add(nodes, back, "frontend-id", frontend.toString());
        add(nodes, back, "online", "1");
        add(nodes, back, "state", INITIALISING);
    }

    private static void addLinks(
        final List<StoreNode> nodes, final String kind, final Domid frontend, final Domid backend, final int id)
    {
        final String links = libxlDevice(kind, frontend, id);

        nodes.add(new StoreNode(links, "", List.of("n" + Domid.DOM0)));
        add(nodes, links, "frontend", frontendPath(kind, frontend, id));
        add(nodes, links, "backend", backendPath(kind, backend, frontend, id));
    }

    private static void removeBackend(
        final XenstoreAccess store, final String kind, final Domid frontend, final String id)
    {
        final String back = store.read(libxlDevices(kind, frontend) + "/" + id + "/backend");
        if (back != null)
        {
            final int end = back.indexOf("/backend/");
            removeWithEmptyParents(store, back, end < 0 ? back : back.substring(0, end + "/backend".length()));
        }
    }

    /** Removes a node and what is left empty above it, up to but without the given ancestor. */
    private static void removeWithEmptyParents(final XenstoreAccess store, final String path, final String ancestor)
    {
        String last = path;
        while (true)
        {
            store.rm(last);
            last = last.substring(0, last.lastIndexOf('/'));
            if (last.length() <= ancestor.length() || !last.startsWith(ancestor + "/") ||
                !store.directory(last).isEmpty())
            {
                return;
            }
        }
    }

    private static void add(final List<StoreNode> nodes, final String directory, final String name, final String value)
    {
        nodes.add(new StoreNode(directory + "/" + name, value, List.of()));
    }

    private static void addIfSet(
        final List<StoreNode> nodes, final String directory, final String name, final String value)
    {
        if (value != null)
        {
            add(nodes, directory, name, value);
        }
    }

    private static List<String> readableBy(final Domid owner, final Domid reader)
    {
        return owner.equals(reader) ? List.of("n" + owner) : List.of("n" + owner, "r" + reader);
    }

    private static String flag(final boolean value)
    {
        return value ? "1" : "0";
    }
}
