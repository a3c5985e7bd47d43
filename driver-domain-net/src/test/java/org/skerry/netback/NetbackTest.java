package org.skerry.netback;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetbackTest
{
    private static final String MAC_3 = "00:16:3e:00:00:03";
    private static final String MAC_4 = "00:16:3e:00:00:04";
    private static final long M3 = 0x00163E000003L;
    private static final long M4 = 0x00163E000004L;
    private static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    private final TestDomains domains = new TestDomains();

    @Test
    void shouldConnectAVifToItsSwitch()
    {
        domains.plug(3, "switch=lan", MAC_3);
        final TestDomains.Guest guest = domains.guest(3);
        domains.settle();

        assertEquals("4", domains.frontState(3));
        assertEquals("4", domains.backState(3));
        assertTrue(guest.netfront.hasCarrier());
        assertTrue(domains.netback(3).isConnected());
        assertEquals("1", domains.dom0.read(TestDomains.backendPath(3) + "/feature-rx-copy"));
        assertEquals("1", domains.dom0.read(TestDomains.backendPath(3) + "/feature-sg"));
        assertEquals("1", domains.dom0.read("/local/domain/3/device/vif/0/request-rx-copy"));
        assertEquals(List.of(), domains.errors);
    }

    @Test
    void shouldWaitForPagesThatAreToBeMovedFirst()
    {
        domains.host.movesWanted = 2;
        domains.plug(3, "switch=lan", MAC_3);
        domains.guest(3);
        for (int i = 1; i <= 2; i++)
        {
            domains.settle();
            assertEquals("2", domains.backState(3));
            assertEquals(1, domains.host.moved.size());
            domains.host.moved.remove().run();
        }
        domains.settle();
        assertEquals("4", domains.backState(3));
        assertEquals(List.of(), domains.errors);
    }

    @Test
    void shouldCarryFramesBetweenTwoGuestsOnASwitch()
    {
        final TestDomains.Guest third = connected(3, "switch=lan", MAC_3);
        final TestDomains.Guest fourth = connected(4, "switch=lan", MAC_4);
        final TestDomains.Guest elsewhere = connected(5, "switch=dmz", "00:16:3e:00:00:05");

        assertTrue(send(third, M3, BROADCAST, 60));
        assertTrue(send(third, M3, M4, 1514));
        domains.settle();
        assertEquals(2, fourth.frames.size());
        assertEquals(1514, fourth.frames.get(1).length);
        assertTrue(send(fourth, M4, M3, 100));
        domains.settle();
        assertEquals(1, third.frames.size());
        assertEquals(0, elsewhere.frames.size());
        assertEquals(2, domains.netback(3).counters().txFrames);
        assertEquals(1, domains.netback(3).counters().rxFrames);
    }

    @Test
    void shouldCarryManyMoreFramesThanThereAreBuffersWithFewBells()
    {
        final TestDomains.Guest third = connected(3, "switch=lan", MAC_3);
        final TestDomains.Guest fourth = connected(4, "switch=lan", MAC_4);
        final int bellsBefore = domains.host.bellCount;
        int sent = 0;
        for (int i = 0; i < 1000; i++)
        {
            for (int burst = 0; burst < 8; burst++)
            {
                sent += send(third, M3, M4, 60 + i % 1000) ? 1 : 0;
            }
            domains.settle();
        }

        assertEquals(8000, sent);
        assertEquals(8000, fourth.frames.size());
        assertEquals(60 + 999, fourth.frames.get(7999).length);
        assertTrue(domains.host.bellCount - bellsBefore <= 4 * 1000, () -> "bells: " + domains.host.bellCount);
    }

    @Test
    @Tag("SEC-097")
    void shouldDropWhatASlowGuestDoesNotTakeAndServeTheOthers()
    {
        final TestDomains.Guest third = connected(3, "switch=lan", MAC_3);
        final TestDomains.Guest fourth = connected(4, "switch=lan", MAC_4);
        final TestDomains.Guest slow = connected(5, "switch=lan", "00:16:3e:00:00:05");
        domains.guests.remove(slow);

        for (int i = 0; i < 500; i++)
        {
            send(third, M3, BROADCAST, 60);
            domains.settle();
        }
        assertEquals(500, fourth.frames.size());
        assertEquals(500, domains.netback(3).counters().txFrames);
        assertTrue(domains.netback(5).counters().rxDropped > 400);
        domains.guests.add(slow);
        domains.settle();
        assertEquals(72, slow.frames.size(), "8 in its own pages, 64 in our queue");
    }

    @Test
    void shouldCarryJumboFramesInSeveralPages()
    {
        domains.dom0.write("/local/domain/3/device/vif/0/mtu", "9000");
        domains.dom0.write(TestDomains.backendPath(3) + "/mtu", "9000");
        domains.dom0.write("/local/domain/4/device/vif/0/mtu", "9000");
        domains.dom0.write(TestDomains.backendPath(4) + "/mtu", "9000");
        final TestDomains.Guest third = connected(3, "switch=lan", MAC_3);
        final TestDomains.Guest fourth = connected(4, "switch=lan", MAC_4);

        assertFalse(send(third, M3, M4, 9019));
        assertTrue(send(third, M3, M4, 9014));
        domains.settle();
        assertEquals(9014, fourth.frames.get(0).length);
        assertArrayEquals(frame(M3, M4, 9014).byteArray(), fourth.frames.get(0));
    }

    @Test
    void shouldRefuseASecondVifWithTheAddressOfAnother()
    {
        connected(3, "switch=lan", MAC_3);
        domains.plug(4, "switch=lan", MAC_3);
        domains.guest(4);
        domains.settle();
        assertFalse(domains.netback(4).isConnected());
        assertEquals("6", domains.backState(4));
        assertEquals(1, domains.errors.size());
        assertTrue(domains.errors.get(0).contains("another vif of the switch has this address"),
            domains.errors::toString);
        assertTrue(domains.netback(3).isConnected());
    }

    @Test
    void shouldWaitForTheTapOfAVifOnABridge()
    {
        domains.plug(3, "bridge=xenbr0", MAC_3);
        final TestDomains.Guest guest = domains.guest(3);
        domains.settle();
        assertEquals("2", domains.backState(3));

        final TestTap tap = new TestTap();
        tap.toGuest.add(new byte[60]);
        domains.taps.put("3/0", tap);
        domains.netback(3).onCapability();
        domains.settle();
        assertEquals("4", domains.backState(3));
        assertEquals(0, guest.frames.size(), "what was sent before is stale");

        tap.toGuest.add(frame(M4, M3, 1514).byteArray());
        tap.toGuest.add(frame(M4, M3, 1519).byteArray());
        tap.dispatch();
        domains.settle();
        assertEquals(1, guest.frames.size());
        assertArrayEquals(frame(M4, M3, 1514).byteArray(), guest.frames.get(0));
        assertTrue(send(guest, M3, M4, 60));
        domains.settle();
        assertArrayEquals(frame(M3, M4, 60).byteArray(), tap.toHost.get(0));

        tap.isDown = true;
        assertTrue(send(guest, M3, M4, 60));
        domains.settle();
        assertEquals(1, domains.netback(3).counters().txDropped);
    }

    @Test
    void shouldLeaveFramesInTheTapWhileTheGuestIsSlow()
    {
        final TestTap tap = new TestTap();
        domains.taps.put("3/0", tap);
        final TestDomains.Guest guest = connected(3, "bridge=xenbr0", MAC_3);
        domains.guests.remove(guest);
        for (int i = 0; i < 300; i++)
        {
            tap.toGuest.add(frame(M4, M3, 60).byteArray());
        }
        for (int i = 0; i < 50; i++)
        {
            tap.dispatch();
            domains.settle();
        }
        assertNull(tap.onReadable, "nobody looks at a TAP that we cannot read from");
        assertEquals(300 - 8 - 64, tap.toGuest.size());

        domains.guests.add(guest);
        for (int i = 0; i < 50; i++)
        {
            tap.dispatch();
            domains.settle();
        }
        assertEquals(300, guest.frames.size());
        assertEquals(0, domains.netback(3).counters().rxDropped);
    }

    @Test
    void shouldLetGoOfEverythingWhenTheToolstackRemovesTheVif()
    {
        final TestTap tap = new TestTap();
        domains.taps.put("3/0", tap);
        connected(3, "bridge=xenbr0", MAC_3);
        connected(4, "switch=lan", MAC_4);
        final int idle = TxServer.STAGE_FRAMES;
        assertEquals(idle + 2 * Netback.QUEUE_FRAMES, domains.host.allocatedFrames);

        for (final int domid : new int[]{3, 4})
        {
            domains.dom0.write(TestDomains.backendPath(domid) + "/online", "0");
            domains.dom0.write(TestDomains.backendPath(domid) + "/state", "5");
            domains.settle();
            assertEquals("6", domains.frontState(domid));
            assertEquals("6", domains.backState(domid));
            domains.dom0.rm(TestDomains.backendPath(domid));
            domains.dom0.rm("/local/domain/" + domid + "/device/vif/0");
            domains.settle();
        }
        assertEquals(idle, domains.host.allocatedFrames);
        assertEquals(0, domains.host.openConnections);
        assertEquals(0, domains.host.grants.size());
        assertEquals(0, domains.agent.vifCount());
        assertEquals(0, domains.switches.all().size());
        assertEquals(0, domains.backendBus.deviceCount());
        assertTrue(tap.isClosed);
        assertEquals(List.of(), domains.errors);
    }

    @Test
    void shouldLetGoOfEverythingWhenTheGuestVanishes()
    {
        final TestDomains.Guest guest = connected(3, "switch=lan", MAC_3);
        domains.guests.remove(guest);
        guest.bus.close();
        domains.host.lostPages = 0;                        // its memory goes with it
        domains.dom0.rm("/local/domain/3");
        domains.settle();
        assertEquals("6", domains.backState(3));
        assertEquals(0, domains.host.openConnections);
        assertEquals(0, domains.agent.vifCount());
    }

    @Test
    void shouldBeginAnewWithAFrontendThatOutlivedItsBackend()
    {
        final TestDomains.Guest third = connected(3, "switch=lan", MAC_3);
        final TestDomains.Guest fourth = connected(4, "switch=lan", MAC_4);
        domains.killBackend();
        domains.settle();
        assertFalse(third.netfront.hasCarrier());
        assertFalse(send(third, M3, M4, 60));
        assertEquals(1, third.netfront.statistics().txDropped());
        assertEquals("4", domains.backState(3), "nobody is there to say otherwise");

        domains.startBackend();
        domains.settle();
        assertTrue(third.netfront.hasCarrier());
        assertTrue(fourth.netfront.hasCarrier());
        assertEquals("4", domains.backState(3));
        assertEquals("4", domains.frontState(3));
        assertTrue(send(third, M3, M4, 60));
        domains.settle();
        assertEquals(1, fourth.frames.size());
    }

    @ParameterizedTest
    @CsvSource({"tx-ring-ref,99999", "rx-ring-ref,4294967295", "event-channel,0", "event-channel,4000",
        "event-channel,99999999999999999999", "tx-ring-ref,-1", "tx-ring-ref,", "request-rx-copy,0",
        "request-rx-copy,x"})
    void shouldCloseWhenTheFrontendPublishesNonsense(final String key, final String value)
    {
        domains.plug(3, "switch=lan", MAC_3);
        domains.settle();
        assertEquals("2", domains.backState(3));

        final String front = "/local/domain/3/device/vif/0";
        final int tx = domains.host.grantPage(3, false);
        domains.dom0.write(front + "/tx-ring-ref", Integer.toString(tx));
        domains.dom0.write(front + "/rx-ring-ref", Integer.toString(domains.host.grantPage(3, false)));
        domains.dom0.write(front + "/event-channel", "1");
        domains.dom0.write(front + "/request-rx-copy", "1");
        domains.dom0.write(front + "/" + key, value == null ? "" : value);
        domains.dom0.write(front + "/state", "4");
        domains.settle();

        assertEquals("5", domains.backState(3));
        assertFalse(domains.netback(3).isConnected());
        assertEquals(1, domains.errors.size());
        domains.dom0.write(front + "/state", "6");
        domains.settle();
        assertEquals("6", domains.backState(3));
        assertEquals(0, domains.host.openConnections);
    }

    @Test
    @Tag("SEC-092")
    void shouldCloseTheVifOfAGuestThatBreaksTheProtocolAndNoOther()
    {
        final TestDomains.Guest third = connected(3, "switch=lan", MAC_3);
        connected(4, "switch=lan", MAC_4);
        final int txRef = Integer.parseInt(domains.dom0.read("/local/domain/3/device/vif/0/tx-ring-ref"));
        domains.host.page(3, txRef).putInt(0, 100_000);
        send(third, M3, M4, 60);
        domains.host.page(3, txRef).putInt(0, 100_000);
        domains.settle();

        assertFalse(domains.netback(3).isConnected());
        assertFalse(third.netfront.hasCarrier());
        assertEquals("6", domains.backState(3));
        assertTrue(domains.errors.get(0).contains("the tx ring makes no sense"), domains.errors::toString);
        assertTrue(domains.netback(4).isConnected());
        assertEquals(1, domains.agent.vifCount());
    }

    @Test
    void shouldFailAVifThatIsNowhere()
    {
        domains.plug(3, "script=vif-nat", MAC_3);
        domains.guest(3);
        domains.settle();
        assertEquals(1, domains.errors.size());
        assertTrue(domains.errors.get(0).contains("a vif needs a switch or a bridge"));
        assertFalse(domains.netback(3).isConnected());
    }

    private TestDomains.Guest connected(final int domid, final String where, final String mac)
    {
        domains.plug(domid, where, mac);
        final TestDomains.Guest guest = domains.guest(domid);
        domains.settle();
        assertTrue(guest.netfront.hasCarrier(), () -> domains.errors.toString());
        return guest;
    }

    private static boolean send(
        final TestDomains.Guest guest, final long source, final long destination, final int length)
    {
        return guest.netfront.send(frame(source, destination, length), 0, length);
    }

    private static UnsafeBuffer frame(final long source, final long destination, final int length)
    {
        final byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte)length);
        final UnsafeBuffer frame = new UnsafeBuffer(bytes);
        frame.putLong(0, destination << 16, ByteOrder.BIG_ENDIAN);
        frame.putShort(6, (short)(source >>> 32), ByteOrder.BIG_ENDIAN);
        frame.putInt(8, (int)source, ByteOrder.BIG_ENDIAN);
        return frame;
    }
}
