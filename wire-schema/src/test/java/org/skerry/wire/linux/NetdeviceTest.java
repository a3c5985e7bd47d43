package org.skerry.wire.linux;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** {@link Netdevice} and {@link Tun}, each test in a network namespace of its own. */
@Timeout(60)
class NetdeviceTest
{
    private static final int TAP = Tun.IFF_TAP | Tun.IFF_NO_PI;
    private static final int FRAME_LENGTH = 60;
    private static final short ETHERTYPE_EXPERIMENTAL = (short)0x88B5;

    @AutoClose
    private final TestFiles files = new TestFiles();

    @BeforeEach
    void needsRootAndTun()
    {
        TestFiles.assumeRoot();
        assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    }

    @Test
    void shouldMakeAndDeleteABridge() throws Exception
    {
        inOwnNetwork(() ->
        {
            assertFalse(Netdevice.exists("skerry0"));
            assumeTrue(Netdevice.bridgeCreate("skerry0") == 0, "needs a kernel with bridges");
            assertTrue(Netdevice.exists("skerry0"));
            assertEquals(-TestFiles.EEXIST, Netdevice.bridgeCreate("skerry0"));
            assertEquals(0, Netdevice.setAddress("skerry0", 0x0A01_0001, 24));
            assertEquals(0, Netdevice.setUp("skerry0"));
            assertEquals(Netdevice.IFF_UP, Netdevice.flags("skerry0") & Netdevice.IFF_UP);
            assertEquals(-TestFiles.EBUSY, Netdevice.bridgeDelete("skerry0"));
            assertEquals(0, Netdevice.setDown("skerry0"));
            assertEquals(0, Netdevice.bridgeDelete("skerry0"));
            assertEquals(-TestFiles.ENODEV, Netdevice.index("skerry0"));
        });
        assertFalse(Netdevice.exists("skerry0"));
    }

    @Test
    void shouldMakeATapThatVanishesWithItsFile() throws Exception
    {
        inOwnNetwork(() ->
        {
            final int first = files.open(Tun.open("vif%d", TAP));
            final int second = files.open(Tun.open("vif%d", TAP));

            assertEquals("vif0", Tun.name(first));
            assertEquals("vif1", Tun.name(second));
            assertEquals(-TestFiles.EBUSY, Tun.open("vif1", TAP));
            assertEquals(-TestFiles.EINVAL, Tun.open("lo", TAP));
            files.close(second);
            assertFalse(Netdevice.exists("vif1"));
            assertTrue(Netdevice.exists("vif0"));
        });
        assertNull(Tun.name(files.open(Eventfd.create())));
    }

    @Test
    void shouldKeepAPersistentTap() throws Exception
    {
        inOwnNetwork(() ->
        {
            final int fd = files.open(Tun.open("kept", TAP | Tun.IFF_VNET_HDR));
            assertEquals(0, Tun.setVnetHeaderLength(fd, 12));
            assertEquals(0, Tun.setOffload(fd, Tun.TUN_F_CSUM | Tun.TUN_F_TSO4));
            assertEquals(0, Tun.setOwner(fd, 1234));
            assertEquals(0, Tun.setPersistent(fd, true));
            files.close(fd);
            assertTrue(Netdevice.exists("kept"));

            final int again = files.open(Tun.open("kept", TAP | Tun.IFF_VNET_HDR));
            assertEquals(0, Tun.setPersistent(again, false));
            files.close(again);
            assertFalse(Netdevice.exists("kept"));
        });
    }

    @Test
    void shouldCarryAFrameAcrossABridge() throws Exception
    {
        final MemorySegment out = files.allocate(FRAME_LENGTH);
        final MemorySegment in = files.allocate(2048);
        out.asSlice(0, 6).fill((byte)0xFF);
        Memory.putByte(out.address() + 6, (byte)2);
        Memory.putShort(out.address() + 12, Short.reverseBytes(ETHERTYPE_EXPERIMENTAL));
        Memory.putInt(out.address() + 14, 0x5357_5259);

        inOwnNetwork(() ->
        {
            assumeTrue(Netdevice.bridgeCreate("skerry0") == 0, "needs a kernel with bridges");
            final int one = files.open(Tun.open("vif1.0", TAP));
            final int two = files.open(Tun.open("vif2.0", TAP));
            assertEquals(0, Netdevice.bridgeAddInterface("skerry0", "vif1.0"));
            assertEquals(0, Netdevice.bridgeAddInterface("skerry0", "vif2.0"));
            assertEquals(-TestFiles.EBUSY, Netdevice.bridgeAddInterface("skerry0", "vif2.0"));
            assertEquals(0, Netdevice.setUp("vif1.0"));
            assertEquals(0, Netdevice.setUp("vif2.0"));
            assertEquals(0, Netdevice.setUp("skerry0"));
            assertEquals(-TestFiles.EAGAIN, drain(two, in), "no frame of ours yet");

            assertEquals(FRAME_LENGTH, Unistd.write(one, out.address(), FRAME_LENGTH));
            awaitOurFrame(two, in);
            assertEquals(0x5357_5259, Memory.getInt(in.address() + 14));

            assertEquals(0, Netdevice.bridgeRemoveInterface("skerry0", "vif1.0"));
            assertNotEquals(0, Netdevice.bridgeRemoveInterface("skerry0", "vif1.0"));
        });
    }

    @Test
    void shouldSetAndTellMtuAndHardwareAddress() throws Exception
    {
        inOwnNetwork(() ->
        {
            final byte[] mac = {0x00, 0x16, 0x3E, 1, 2, (byte)0xFE};
            final byte[] read = new byte[Netdevice.ETH_ALEN];
            files.open(Tun.open("vif1.0", TAP));

            assertEquals(1500, Netdevice.mtu("vif1.0"));
            assertEquals(0, Netdevice.setMtu("vif1.0", 9000));
            assertEquals(9000, Netdevice.mtu("vif1.0"));
            assertEquals(0, Netdevice.setHardwareAddress("vif1.0", mac));
            assertEquals(0, Netdevice.hardwareAddress("vif1.0", read));
            assertArrayEquals(mac, read);
        });
    }

    @Test
    void shouldRefuseANameThatIsTooLong()
    {
        assertEquals(-TestFiles.EINVAL, Netdevice.index("0123456789abcdef"));
        assertEquals(-TestFiles.EINVAL, Netdevice.bridgeCreate(""));
        assertEquals(-TestFiles.EINVAL, Netdevice.setUp("0123456789abcdef"));
        assertEquals(-TestFiles.EINVAL, Tun.open("0123456789abcdef", TAP));
        assertEquals(-TestFiles.ENODEV, Netdevice.setMtu("0123456789abcde", 1500));
    }

    /** The kernel sends frames of its own, such as router solicitations, as soon as an interface is up. */
    private void awaitOurFrame(final int fd, final MemorySegment in)
    {
        final long pollfds = files.allocate(Poll.POLLFD_LENGTH).address();
        Poll.set(pollfds, 0, fd, Poll.POLLIN);
        do
        {
            assertEquals(1, Poll.poll(pollfds, 1, 30_000));
        }
        while (drain(fd, in) < 0);
    }

    private static long drain(final int fd, final MemorySegment in)
    {
        long result = Unistd.read(fd, in.address(), in.byteSize());
        while (result >= 0 && Memory.getShort(in.address() + 12) != Short.reverseBytes(ETHERTYPE_EXPERIMENTAL))
        {
            result = Unistd.read(fd, in.address(), in.byteSize());
        }
        return result;
    }

    private static void inOwnNetwork(final TestFiles.Body body) throws Exception
    {
        TestFiles.onThrowAwayThread(() ->
        {
            assertEquals(0, Sched.unshare(Sched.CLONE_NEWNET));
            body.run();
        });
    }
}
