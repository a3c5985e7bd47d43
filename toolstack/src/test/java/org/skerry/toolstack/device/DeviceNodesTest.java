package org.skerry.toolstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.XenbusState;

class DeviceNodesTest
{
    private static final Domid GUEST = new Domid(7);
    private static final Domid STORAGE = new Domid(2);
    private static final UUID ID = UUID.fromString("06ed00fe-1162-4fc4-b5d8-11993ee4a8b9");

    private final MemoryStore store = new MemoryStore();

    @Test
    void shouldDescribeADisk()
    {
        final DiskSpec disk = DiskSpecParser.parse("/images/a.img,,xvda,w", false).disk();

        assertEquals("""
            /libxl/7/device/vbd/51712= n0
            /libxl/7/device/vbd/51712/frontend=/local/domain/7/device/vbd/51712
            /libxl/7/device/vbd/51712/backend=/local/domain/2/backend/vbd/7/51712
            /local/domain/7/device/vbd/51712= n7 r2
            /local/domain/7/device/vbd/51712/backend=/local/domain/2/backend/vbd/7/51712
            /local/domain/7/device/vbd/51712/backend-id=2
            /local/domain/7/device/vbd/51712/state=1
            /local/domain/2/backend/vbd/7/51712= n2 r7
            /local/domain/2/backend/vbd/7/51712/frontend=/local/domain/7/device/vbd/51712
            /local/domain/2/backend/vbd/7/51712/frontend-id=7
            /local/domain/2/backend/vbd/7/51712/online=1
            /local/domain/2/backend/vbd/7/51712/state=1
            /local/domain/7/device/vbd/51712/virtual-device=51712
            /local/domain/7/device/vbd/51712/device-type=disk
            /local/domain/7/device/vbd/51712/trusted=1
            /local/domain/2/backend/vbd/7/51712/params=/images/a.img
            /local/domain/2/backend/vbd/7/51712/type=file
            /local/domain/2/backend/vbd/7/51712/mode=w
            /local/domain/2/backend/vbd/7/51712/dev=xvda
            /local/domain/2/backend/vbd/7/51712/device-type=disk
            /local/domain/2/backend/vbd/7/51712/removable=0
            /local/domain/2/backend/vbd/7/51712/bootable=1
            /local/domain/2/backend/vbd/7/51712/discard-enable=1
            /local/domain/2/backend/vbd/7/51712/specification=xen
            """, show(DeviceNodes.vbd(GUEST, STORAGE, disk)));
    }

    @Test
    void shouldDescribeAnEmptyDriveAsReadOnlyAndRemovable()
    {
        final String nodes = show(DeviceNodes.vbd(GUEST, STORAGE,
            DiskSpecParser.parse(",,hdc,cdrom,direct-io-safe,no-discard,untrusted", false).disk()));

        assertTrue(nodes.contains("/backend/vbd/7/5632/params=\n"));
        assertTrue(nodes.contains("/backend/vbd/7/5632/mode=r\n"));
        assertTrue(nodes.contains("/backend/vbd/7/5632/removable=1\n"));
        assertTrue(nodes.contains("/backend/vbd/7/5632/device-type=cdrom\n"));
        assertTrue(nodes.contains("/backend/vbd/7/5632/direct-io-safe=1\n"));
        assertTrue(nodes.contains("/backend/vbd/7/5632/discard-enable=0\n"));
        assertTrue(nodes.contains("/device/vbd/5632/trusted=0\n"));
    }

    @Test
    void shouldDescribeAnInterface()
    {
        assertEquals("""
            /libxl/7/device/vif/0= n0
            /libxl/7/device/vif/0/frontend=/local/domain/7/device/vif/0
            /libxl/7/device/vif/0/backend=/local/domain/3/backend/vif/7/0
            /local/domain/7/device/vif/0= n7 r3
            /local/domain/7/device/vif/0/backend=/local/domain/3/backend/vif/7/0
            /local/domain/7/device/vif/0/backend-id=3
            /local/domain/7/device/vif/0/state=1
            /local/domain/3/backend/vif/7/0= n3 r7
            /local/domain/3/backend/vif/7/0/frontend=/local/domain/7/device/vif/0
            /local/domain/3/backend/vif/7/0/frontend-id=7
            /local/domain/3/backend/vif/7/0/online=1
            /local/domain/3/backend/vif/7/0/state=1
            /local/domain/7/device/vif/0/handle=0
            /local/domain/7/device/vif/0/mac=00:16:3e:00:00:01
            /local/domain/7/device/vif/0/trusted=1
            /local/domain/7/device/vif/0/mtu=1500 n3 r7
            /local/domain/3/backend/vif/7/0/handle=0
            /local/domain/3/backend/vif/7/0/mac=00:16:3e:00:00:01
            /local/domain/3/backend/vif/7/0/type=vif
            /local/domain/3/backend/vif/7/0/mtu=1500
            /local/domain/3/backend/vif/7/0/bridge=xenbr0
            /local/domain/3/backend/vif/7/0/ip=10.0.0.1 10.0.0.2
            /local/domain/3/backend/vif/7/0/rate=62500,50000
            """, show(DeviceNodes.vif(GUEST, new Domid(3),
            vif("mac=00:16:3e:00:00:01,ip=10.0.0.1 10.0.0.2,rate=10Mb/s"))));

        final String onSwitch = show(DeviceNodes.vif(GUEST, new Domid(3), vif("switch=lan0,vifname=up0")));
        assertTrue(onSwitch.contains("/local/domain/3/backend/vif/7/0/switch=lan0\n"));
        assertTrue(onSwitch.contains("/local/domain/3/backend/vif/7/0/vifname=up0\n"));
        assertFalse(onSwitch.contains("bridge"));
    }

    @Test
    void shouldDescribeAConsoleThatTheGuestCannotChange()
    {
        assertEquals("""
            /libxl/7/device/console/0= n0
            /libxl/7/device/console/0/frontend=/local/domain/7/console
            /libxl/7/device/console/0/backend=/local/domain/4/backend/console/7/0
            /local/domain/7/console= n4 r7
            /local/domain/7/console/backend=/local/domain/4/backend/console/7/0
            /local/domain/7/console/backend-id=4
            /local/domain/7/console/limit=1048576
            /local/domain/7/console/type=xenconsoled
            /local/domain/7/console/output=pty
            /local/domain/7/console/tty=
            /local/domain/7/console/port=2
            /local/domain/7/console/ring-ref=1
            /local/domain/4/backend/console/7/0= n4 r7
            /local/domain/4/backend/console/7/0/frontend=/local/domain/7/console
            /local/domain/4/backend/console/7/0/frontend-id=7
            /local/domain/4/backend/console/7/0/online=1
            /local/domain/4/backend/console/7/0/state=1
            /local/domain/4/backend/console/7/0/protocol=vt100
            /local/domain/4/backend/console/7/0/limit=1048576
            """, show(DeviceNodes.console(GUEST, new Domid(4), 1, new EventChannelPort(2))));
    }

    @Test
    void shouldDescribeADomain()
    {
        assertEquals("""
            /local/domain/7= n0 r7
            /vm/06ed00fe-1162-4fc4-b5d8-11993ee4a8b9= n0 r7
            /libxl/7= n0
            /libxl/7/device= n0
            /libxl/7/vm=/vm/06ed00fe-1162-4fc4-b5d8-11993ee4a8b9
            /vm/06ed00fe-1162-4fc4-b5d8-11993ee4a8b9/uuid=06ed00fe-1162-4fc4-b5d8-11993ee4a8b9
            /vm/06ed00fe-1162-4fc4-b5d8-11993ee4a8b9/name=guest
            /vm/06ed00fe-1162-4fc4-b5d8-11993ee4a8b9/start_time=1000000000.25
            /local/domain/7/vm=/vm/06ed00fe-1162-4fc4-b5d8-11993ee4a8b9
            /local/domain/7/name=guest
            /local/domain/7/domid=7
            /local/domain/7/cpu/0/availability=online
            /local/domain/7/cpu/1/availability=offline
            /local/domain/7/memory/target=65536
            /local/domain/7/memory/static-max=131072
            /local/domain/7/device= n0 r7
            /local/domain/7/control= n0 r7
            /local/domain/7/control/platform-feature-multiprocessor-suspend=1
            /local/domain/7/control/platform-feature-xs_reset_watches=1
            /local/domain/7/control/shutdown= n7
            /local/domain/7/control/feature-poweroff= n7
            /local/domain/7/control/feature-reboot= n7
            /local/domain/7/control/feature-suspend= n7
            /local/domain/7/control/sysrq= n7
            /local/domain/7/data= n7
            /local/domain/7/drivers= n7
            /local/domain/7/feature= n7
            /local/domain/7/attr= n7
            /local/domain/7/error= n7
            """, show(DeviceNodes.domain(guest())));
    }

    @Test
    void shouldLeaveNothingBehindWhenADomainIsRemoved()
    {
        store.mkdir("/local/domain/2");
        store.write("/local/domain/2/backend/vbd/9/51712/state", "4");
        final List<String> before = store.paths();

        createGuest();
        store.write("/local/domain/7/device/vbd/51712/backend", "/local/domain/2/backend/vbd/9/51712");
        assertTrue(store.paths().size() > before.size() + 50);
        DeviceNodes.removeDomain(store, GUEST);

        final List<String> after = new ArrayList<>(store.paths());
        after.removeAll(List.of("/libxl", "/vm", "/local/domain/3", "/local/domain/3/backend", "/local/domain/4",
            "/local/domain/4/backend"));
        assertEquals(before, after);
    }

    @Test
    void shouldRemoveOneDeviceAndKeepTheOthers()
    {
        createGuest();
        DeviceNodes.removeDevice(store, DeviceNodes.VBD, GUEST, 51712);

        assertEquals(List.of("console", "vif"), store.directory("/libxl/7/device"));
        assertEquals(List.of("vif"), store.directory("/local/domain/7/device"));
        assertEquals(List.of(), store.directory("/local/domain/2/backend"));
        assertEquals(1, DeviceLists.vifs(store, GUEST).size());
        assertEquals(List.of(), DeviceLists.vbds(store, GUEST));
    }

    @Test
    void shouldGiveChildrenTheRightsOfTheirDirectory()
    {
        createGuest();

        assertEquals(List.of("n7", "r2"), store.permissions("/local/domain/7/device/vbd/51712/state"));
        assertEquals(List.of("n2", "r7"), store.permissions("/local/domain/2/backend/vbd/7/51712/params"));
        assertEquals(List.of("n0", "r7"), store.permissions("/local/domain/7/name"));
        assertEquals(List.of("n7"), store.permissions("/local/domain/7/control/shutdown"));
        assertEquals(List.of("n0"), store.permissions("/libxl/7/device/vbd/51712/backend"));
    }

    @Test
    void shouldWriteAllOrNothing()
    {
        final List<StoreNode> nodes = new ArrayList<>(DeviceNodes.domain(guest()));
        nodes.add(null);

        assertThrows(NullPointerException.class, () -> DeviceNodes.write(store, nodes));
        assertEquals(List.of(), store.paths());
    }

    @Test
    void shouldListDevicesAsTheGuestShowsThem()
    {
        createGuest();
        store.write("/local/domain/7/device/vbd/51712/state", "4");
        store.write("/local/domain/7/device/vbd/51712/ring-ref", "8");
        store.write("/local/domain/7/device/vbd/51712/event-channel", "5");
        store.write("/local/domain/7/device/vif/0/tx-ring-ref", "9");
        store.write("/local/domain/7/device/vif/0/rx-ring-ref", "10");

        assertEquals(List.of(new VbdInfo(51712, STORAGE, GUEST, XenbusState.CONNECTED, 5, 8,
            "/local/domain/2/backend/vbd/7/51712")), DeviceLists.vbds(store, GUEST));
        assertEquals(List.of(new VifInfo(0, new Domid(3), GUEST, "00:16:3e:00:00:01", XenbusState.INITIALISING, -1, 9,
            10, "/local/domain/3/backend/vif/7/0")), DeviceLists.vifs(store, GUEST));
    }

    @Test
    void shouldSurviveWhateverAGuestWrites()
    {
        createGuest();
        for (final String rubbish : new String[]{"", "-1", "99999999999999", "\u0000", "x".repeat(4000)})
        {
            store.write("/local/domain/7/device/vbd/51712/state", rubbish);
            store.write("/local/domain/7/device/vbd/51712/ring-ref", rubbish);
            store.write("/local/domain/7/device/vbd/51712/event-channel", rubbish);
            store.write("/local/domain/7/device/vbd/51712/backend", rubbish);
            store.write("/local/domain/7/device/vbd/junk/state", rubbish);

            assertEquals(List.of(new VbdInfo(51712, STORAGE, GUEST, XenbusState.UNKNOWN, -1, -1,
                "/local/domain/2/backend/vbd/7/51712")), DeviceLists.vbds(store, GUEST));
        }
    }

    private void createGuest()
    {
        final List<StoreNode> nodes = new ArrayList<>(DeviceNodes.domain(guest()));
        nodes.addAll(DeviceNodes.vbd(GUEST, STORAGE, DiskSpecParser.parse("/images/a.img,,xvda", false).disk()));
        nodes.addAll(DeviceNodes.vif(GUEST, new Domid(3), vif("mac=00:16:3e:00:00:01")));
        nodes.addAll(DeviceNodes.console(GUEST, new Domid(4), 1, new EventChannelPort(2)));
        DeviceNodes.write(store, nodes);
    }

    private static VifSpec vif(final String spec)
    {
        return VifSpecParser.parse(spec, 0, VifDefaults.BRIDGE, new SplittableRandom(1), notice ->
        {
        });
    }

    private static DomainNodesSpec guest()
    {
        return new DomainNodesSpec(GUEST, "guest", ID, 65536, 131072, 1, 2,
            Instant.ofEpochSecond(1_000_000_000L, 250_000_000));
    }

    private static String show(final List<StoreNode> nodes)
    {
        return nodes.stream()
            .map(node -> node.path() + "=" + node.value() +
                (node.permissions().isEmpty() ? "" : " " + String.join(" ", node.permissions())) + "\n")
            .collect(Collectors.joining());
    }
}
