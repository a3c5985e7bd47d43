package org.skerry.toolstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.device.VifDefaults;
import org.skerry.wire.ShutdownReason;

class DomainConfigReaderTest
{
    private static final String MINIMAL = "name='g'\nkernel='k.jar'\n";

    @TempDir
    private Path work;
    private final SplittableRandom random = new SplittableRandom(42);

    @BeforeEach
    void files() throws IOException
    {
        for (final String name : new String[]{"k.jar", "initrd", "a.img", "b.img", "kernels/shell.jar", "configs/near"})
        {
            final Path file = work.resolve(name);
            Files.createDirectories(file.getParent());
            Files.createFile(file);
        }
    }

    @Test
    void shouldFillInWhatAConfigLeavesOut()
    {
        final DomainConfig domain = read(MINIMAL).domain();

        assertEquals("g", domain.name());
        assertEquals(GuestType.PV, domain.type());
        assertEquals(32 << 10, domain.memoryKb());
        assertEquals(32 << 10, domain.maxMemoryKb());
        assertEquals(1, domain.vcpus());
        assertEquals(1, domain.maxVcpus());
        assertEquals(work.resolve("k.jar"), domain.kernel());
        assertNull(domain.ramdisk());
        assertEquals("", domain.cmdline());
        assertEquals(List.of(), domain.disks());
        assertEquals(List.of(), domain.vifs());
        assertEquals(ShutdownActions.DEFAULT, domain.actions());
        assertEquals(256, domain.cpuWeight());
        assertEquals(0, domain.cpuCap());
        assertFalse(domain.driverDomain());
        assertEquals(-1, domain.maxGrantFrames());
    }

    @Test
    void shouldReadEveryKeyItUses()
    {
        final DomainConfig domain = read("""
            name = "guest-1"
            uuid = "06ed00fe-1162-4fc4-b5d8-11993ee4a8b9"
            type = "pv"
            memory = 64
            maxmem = '128'
            vcpus = 2
            maxvcpus = 4
            kernel = "k.jar"
            ramdisk = "initrd"
            extra = "quiet"
            root = "/dev/xvda ro"
            disk = [ 'file:a.img,xvda,w', 'b.img,,xvdb,ro' ]
            vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr1', '' ]
            on_poweroff = "preserve"
            on_reboot = "destroy"
            on_crash = "restart"
            on_watchdog = "rename-restart"
            on_soft_reset = "coredump-destroy"
            cpu_weight = 128
            cap = 50
            driver_domain = 1
            max_grant_frames = 64
            max_maptrack_frames = 1024
            max_event_channels = 1023
            """).domain();

        assertEquals("guest-1", domain.name());
        assertEquals(UUID.fromString("06ed00fe-1162-4fc4-b5d8-11993ee4a8b9"), domain.uuid());
        assertEquals(64 << 10, domain.memoryKb());
        assertEquals(128 << 10, domain.maxMemoryKb());
        assertEquals(2, domain.vcpus());
        assertEquals(4, domain.maxVcpus());
        assertEquals(work.resolve("initrd"), domain.ramdisk());
        assertEquals("root=/dev/xvda ro quiet", domain.cmdline());
        assertEquals(work.resolve("a.img").toString(), domain.disks().get(0).target());
        assertTrue(domain.disks().get(0).writable());
        assertFalse(domain.disks().get(1).writable());
        assertEquals("xenbr1", domain.vifs().get(0).bridge());
        assertEquals("xenbr0", domain.vifs().get(1).bridge());
        assertEquals(1, domain.vifs().get(1).devid());
        assertEquals(ShutdownAction.PRESERVE, domain.actions().after(ShutdownReason.POWEROFF));
        assertEquals(ShutdownAction.DESTROY, domain.actions().after(ShutdownReason.REBOOT));
        assertEquals(ShutdownAction.RESTART, domain.actions().after(ShutdownReason.CRASH));
        assertEquals(ShutdownAction.RENAME_RESTART, domain.actions().after(ShutdownReason.WATCHDOG));
        assertEquals(ShutdownAction.COREDUMP_DESTROY, domain.actions().after(ShutdownReason.SOFT_RESET));
        assertEquals(128, domain.cpuWeight());
        assertEquals(50, domain.cpuCap());
        assertTrue(domain.driverDomain());
        assertEquals(64, domain.maxGrantFrames());
        assertEquals(1024, domain.maxMaptrackFrames());
        assertEquals(1023, domain.maxEventChannels());
    }

    @Test
    void shouldChooseAnotherUuidAndMacEachTime()
    {
        final DomainConfig first = read(MINIMAL + "vif=['']").domain();
        final DomainConfig second = read(MINIMAL + "vif=['']").domain();

        assertNotEquals(first.uuid(), second.uuid());
        assertNotEquals(first.vifs().getFirst().mac(), second.vifs().getFirst().mac());
        assertEquals(4, first.uuid().version());
        assertEquals(2, first.uuid().variant());
    }

    @Test
    void shouldPreferCmdlineToRootAndExtraAndSaySo()
    {
        final DomainConfigReader.Result result = read(MINIMAL + "root='/dev/hda1 ro'\ncmdline='x=\"1\"'\nextra='y'");

        assertEquals("x=\"1\"", result.domain().cmdline());
        assertEquals(List.of("t.cfg:4:1: ignoring root= and extra= in favour of cmdline="), result.notices());
        assertEquals("root=/dev/hda1 ro", read(MINIMAL + "root='/dev/hda1 ro'").domain().cmdline());
        assertEquals("xencons=tty", read(MINIMAL + "extra='xencons=tty'").domain().cmdline());
    }

    @Test
    void shouldFindRelativeFilesWhereTheUserIsThenWhereItWasToldTo()
    {
        assertEquals(work.resolve("kernels/shell.jar"), read("name='g' kernel='shell.jar'").domain().kernel());
        assertEquals(work.resolve("configs/near"), read("name='g' kernel='near'").domain().kernel());
        assertEquals(work.resolve("k.jar"), read("name='g' kernel='" + work + "/k.jar'").domain().kernel());
        assertEquals("/dev/null", read(MINIMAL + "disk=['null,,xvda']").domain().disks().getFirst().target());
        assertEquals("/dev/null", read(MINIMAL + "disk=['phy:null,xvda,w']").domain().disks().getFirst().target());
    }

    @Test
    void shouldListInOneLineWhatXlKnowsAndNobodyUses()
    {
        assertEquals(List.of("t.cfg:4:1: not used here: boot, serial, vnc"),
            read(MINIMAL + "vnc=1\nboot='dc'\nserial='pty'").notices());
    }

    @Test
    void shouldSayThatScriptsAreNotRun()
    {
        assertEquals(List.of("t.cfg:3:7: vif: script=vif-route is not run, Domain-0 plugs interfaces in"),
            read(MINIMAL + "vif=[ 'script=vif-route' ]").notices());
    }

    @Test
    void shouldTakeTypeForBuilderAndLinuxForPv()
    {
        assertEquals(GuestType.PV, read(MINIMAL + "builder='linux'").domain().type());
        assertEquals(GuestType.PVH, read(MINIMAL + "type='pvh'").domain().type());
        assertEquals(List.of("t.cfg:3:1: 'builder' does not count beside 'type'"),
            read(MINIMAL + "builder='hvm'\ntype='pv'").notices());
    }

    @Test
    void shouldTellByItsContentWhatAKernelIs() throws IOException
    {
        final byte[] bzImage = new byte[1024];
        System.arraycopy(new byte[] {'H', 'd', 'r', 'S'}, 0, bzImage, 0x202, 4);
        for (final byte[] machine : new byte[][] {{0x7f, 'E', 'L', 'F', 2, 1}, bzImage})
        {
            Files.write(work.resolve("k.jar"), machine);
            assertEquals(GuestType.PVH, read(MINIMAL).domain().type());
            assertEquals(List.of(), read(MINIMAL + "builder='linux'").notices());
            assertEquals(
                List.of("t.cfg:3:6: the kernel is a machine's, not a Java guest's: it boots as type=\"pvh\""),
                read(MINIMAL + "type='pv'").notices());
        }

        Files.write(work.resolve("k.jar"), new byte[] {'P', 'K', 3, 4});
        assertEquals(GuestType.PV, read(MINIMAL).domain().type());
        assertEquals(
            "t.cfg:2:8: the kernel is a Java guest's jar, which boots as type=\"pv\": " + work.resolve("k.jar"),
            assertThrows(ConfigException.class, () -> read(MINIMAL + "type='pvh'")).getMessage());
    }

    @Test
    void shouldPutAnOverrideAboveTheFileAndNameItsPlace()
    {
        final Config config = ConfigParser.parse("t.cfg", MINIMAL + "memory=1");
        ConfigParser.override(config, "memory=64", 1);
        ConfigParser.override(config, "disk=file:a.img,xvda,w", 2);
        final DomainConfig domain = DomainConfigReader.read(config, context(false)).domain();

        assertEquals(64 << 10, domain.memoryKb());
        assertEquals(work.resolve("a.img").toString(), domain.disks().getFirst().target());
        assertEquals("command line:1:8: no", domain.problem("memory", "no").getMessage());
        assertEquals("command line:2:11: held", domain.problem("disk[0].target", "held").getMessage());
        assertEquals("t.cfg:1:6: taken", domain.problem("name", "taken").getMessage());
        assertEquals("t.cfg:1:1: what", domain.problem("vif[3]", "what").getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "memroy = 64               | 3:1: unknown key 'memroy', did you mean 'memory'?",
        "Memory = 64               | 3:1: unknown key 'Memory', did you mean 'memory'?",
        "zzzzzzzz = 1              | 3:1: unknown key 'zzzzzzzz'",
        "disk = [ 'a.img,,xvda'    | 3:8: '[' of 'disk' is not closed",
        "disk = [ 'missing,,xvda' ]| 3:11: no such file: missing",
        "disk=['file:none.img,xvda,w'] | 3:13: no such file: none.img",
        "disk=['phy:no-such,xvda,w']| 3:12: no such file: /dev/no-such",
        "disk=['configs,,xvda']    | 3:8: is a directory: configs",
        "disk = 'a.img,,xvda'      | 3:8: 'disk' is a list: write disk = [ '...' ]",
        "disk = [ 1 ]              | 3:10: elements of 'disk' are strings, not a number",
        "disk = 1                  | 3:8: 'disk' must be a list, not a number",
        "disk=['a.img,,xvda','b.img,,0xca00'] | 3:21: two disks are '0xca00'",
        "disk=['a.img,,vda']       | 3:15: unknown device 'vda' (xvda, xvda1, sda1, hdc, d0p1 or a number)",
        "disk=['a.img,qcow2,xvda'] | 3:7: disks of format qcow2 are not served: make it raw with 'qemu-img convert " +
            "-O raw'",
        "disk=['nbd:host,xvda,w']  | 3:7: disks of script 'block-nbd' are not served: use a file or a block device",
        "disk=['a.img,,xvda,specification=virtio'] | 3:7: virtio disks are not served: leave out specification=virtio",
        "vif=['mac=1']             | 3:11: not a MAC address: '1' (expected 00:16:3e:xx:xx:xx)",
        "vif=['mac=00:16:3e:00:00:01','mac=00:16:3E:00:00:01'] | 3:30: two vifs have the MAC address " +
            "00:16:3e:00:00:01",
        "vif=['devid=1','']        | 3:16: two vifs have the devid 1",
        "memory = 0                | 3:10: 'memory' must be positive, not 0",
        "memory = -1               | 3:10: 'memory' must be positive, not -1",
        "memory = 'lots'           | 3:10: 'memory' must be a number, not 'lots'",
        "memory = [64]             | 3:10: 'memory' must be a number, not a list",
        "memory = 99999999999      | 3:10: 'memory' is a number from 1 to 16777216, not 99999999999",
        "maxmem = 16               | 3:10: 'maxmem' (16) is less than 'memory' (32)",
        "vcpus = 0                 | 3:9: 'vcpus' must be positive, not 0",
        "vcpus=4 maxvcpus=2        | 3:18: 'maxvcpus' (2) is less than 'vcpus' (4)",
        "cpu_weight = 65536        | 3:14: 'cpu_weight' is a number from 1 to 65535, not 65536",
        "uuid = 'x'                | 3:8: not a UUID: 'x'",
        "builder = 'hvm'           | 3:11: HVM device model not provided; type=\"pvh\" boots Linux",
        "type = 'linux'            | 3:8: unknown type 'linux', expected pv or pvh",
        "on_crash = 'reboot'       | 3:12: unknown action 'reboot', expected destroy, restart, rename-restart, " +
            "preserve, coredump-destroy, coredump-restart or soft-reset",
        "name = ''                 | 3:8: a name has 1 to 255 characters",
        "name = '17'               | 3:8: a name of digits only would be taken for a domain id: '17'",
        "name = 'a/b'              | 3:8: no blanks or '/' in a name: 'a/b'",
        "kernel = 'nowhere'        | 3:10: no such file: nowhere",
        "kernel = ''               | 3:10: no kernel: set kernel=\"...\"",
        "ramdisk = 'configs'       | 3:11: is a directory: configs"})
    void shouldSayInOneLineWhereAndWhy(final String line, final String message)
    {
        final var ex = assertThrows(ConfigException.class, () -> read(MINIMAL + line));

        assertEquals("t.cfg:" + message, ex.getMessage());
        assertEquals(ToolstackException.EXIT_FAILURE, ex.exitCode());
    }

    @Test
    void shouldMissNameAndKernel()
    {
        assertEquals("t.cfg:1:1: no name: set name=\"...\"",
            assertThrows(ConfigException.class, () -> read("kernel='k.jar'")).getMessage());
        assertEquals("t.cfg:1:1: no kernel: set kernel=\"...\"",
            assertThrows(ConfigException.class, () -> read("name='g'")).getMessage());
    }

    @Test
    void shouldSayThatAConfigFileIsMissing()
    {
        assertEquals("Failed to read config file: none.cfg: No such file or directory",
            assertThrows(ToolstackException.class,
                () -> ConfigParser.parse("none.cfg", work.resolve("none.cfg"))).getMessage());
        assertEquals("Failed to read config file: configs: Is a directory",
            assertThrows(ToolstackException.class,
                () -> ConfigParser.parse("configs", work.resolve("configs"))).getMessage());
    }

    @Test
    void shouldReadAsXmDidInItsDialect()
    {
        final Config config = ConfigParser.parse("examples/foo.cfg",
            "Memory=64\nVcpus=2\nkernel='k.jar'\nnics=2\nvif=['mac=00:16:3e:00:00:01']\ndhcp='dhcp'");
        final DomainConfigReader.Result result = DomainConfigReader.read(config, context(true));

        assertEquals("foo", result.domain().name());
        assertEquals(64 << 10, result.domain().memoryKb());
        assertEquals(2, result.domain().vcpus());
        assertEquals(2, result.domain().vifs().size());
        assertEquals(List.of(
            "examples/foo.cfg:1:1: 'Memory' is taken for 'memory'",
            "examples/foo.cfg:2:1: 'Vcpus' is taken for 'vcpus'",
            "examples/foo.cfg:6:1: not used here: dhcp"), result.notices());
    }

    private DomainConfigReader.Result read(final String text)
    {
        return DomainConfigReader.read(ConfigParser.parse("t.cfg", text), context(false));
    }

    private ReadContext context(final boolean legacy)
    {
        return new ReadContext(work, List.of(work.resolve("configs"), work.resolve("kernels")), VifDefaults.BRIDGE,
            random, legacy);
    }
}
