package org.skerry.guest.xenbus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

class XenbusTest
{
    private static final Domid GUEST = new Domid(7);
    private static final Domid DRIVER = new Domid(2);
    private static final String FRONT = "/local/domain/7/device/vbd/51712";
    private static final String BACK = "/local/domain/2/backend/vbd/7/51712";

    private final MemoryXenstore xenstore = new MemoryXenstore();
    private final XenstoreClient dom0 = xenstore.client(Domid.DOM0);
    private final XenstoreClient guest = xenstore.client(GUEST);
    private final XenstoreClient driver = xenstore.client(DRIVER);
    private final List<String> events = new ArrayList<>();
    private final List<String> errors = new ArrayList<>();
    private XenbusDevice back;
    private XenbusDevice front;

    @BeforeEach
    void setUp()
    {
        dom0.write("/local/domain/7/name", "guest");
    }

    @Test
    void shouldFindDevicesThatStandThereAndThoseThatCome()
    {
        makeDevice();
        final BackendBus bus = backendBus();
        xenstore.dispatch();
        assertEquals(List.of("probe backend/vbd/7/51712", "front INITIALISING"), events);
        assertEquals(GUEST, back.otherEnd());
        assertEquals(51712, back.id());
        assertEquals(FRONT, back.otherEndPath());
        assertEquals(XenbusState.INITIALISING, back.state());

        makeDevice("51728");
        xenstore.dispatch();
        assertEquals(2, bus.deviceCount());
        assertEquals("probe backend/vbd/7/51728", events.get(2));
    }

    @Test
    void shouldLeadBothHalvesThroughTheHandshakeAndTheEnd()
    {
        makeDevice();
        backendBus();
        frontendBus();
        xenstore.dispatch();
        assertEquals(51712, front.id());
        assertEquals(DRIVER, front.otherEnd());
        events.clear();

        back.switchState(XenbusState.INIT_WAIT);
        xenstore.dispatch();
        front.writeAll(Map.of("ring-ref", "8", "event-channel", "3"));
        front.switchState(XenbusState.INITIALISED);
        xenstore.dispatch();
        assertEquals(8, back.readOtherNumber("ring-ref", 1000));
        back.switchState(XenbusState.CONNECTED);
        xenstore.dispatch();
        front.switchState(XenbusState.CONNECTED);
        xenstore.dispatch();
        assertEquals("4", dom0.read(FRONT + "/state"));
        assertEquals("4", dom0.read(BACK + "/state"));

        dom0.write(BACK + "/online", "0");
        dom0.write(BACK + "/state", "5");
        xenstore.dispatch();
        assertEquals(XenbusState.CLOSING, back.state());
        front.switchState(XenbusState.CLOSED);
        xenstore.dispatch();
        back.switchState(XenbusState.CLOSED);
        xenstore.dispatch();
        assertEquals(
            List.of("back INIT_WAIT", "front INITIALISED", "back CONNECTED", "front CONNECTED", "back CLOSING",
                "front CLOSED", "back CLOSED"),
            events);

        removeDevice();
        xenstore.dispatch();
        assertTrue(events.containsAll(List.of("close back", "close front")), () -> events.toString());
        assertFalse(back.write("sectors", "8"));
        assertFalse(back.switchState(XenbusState.CONNECTED));
        assertNull(dom0.read(BACK + "/sectors"));
        assertNull(dom0.read(BACK), "a removed directory does not come back");
    }

    @Test
    void shouldWaitForADirectoryThatIsWrittenNodeByNode()
    {
        backendBus();
        for (final String key : List.of("state", "frontend-id", "online"))
        {
            dom0.write(BACK + "/" + key, key.equals("frontend-id") ? "7" : "1");
            xenstore.dispatch();
        }
        assertEquals(List.of(), events);
        dom0.write(BACK + "/frontend", FRONT);
        xenstore.dispatch();
        assertEquals(List.of("probe backend/vbd/7/51712"), events);

        dom0.write(FRONT + "/state", "1");
        xenstore.dispatch();
        assertEquals("front INITIALISING", events.get(1));
    }

    @Test
    void shouldEndTheDeviceByItselfWhenTheToolstackClosesOneThatHasNoFrontend()
    {
        makeDevice();
        backendBus();
        xenstore.dispatch();
        dom0.write(BACK + "/state", "5");
        xenstore.dispatch();
        assertEquals("front CLOSED", events.getLast());
        assertFalse(back.switchState(XenbusState.INIT_WAIT) && back.state() == XenbusState.CLOSING);
    }

    @Test
    void shouldNotOverwriteTheToolstacksClosing()
    {
        makeDevice();
        backendBus();
        xenstore.dispatch();
        dom0.write(BACK + "/state", "5");
        assertFalse(back.switchState(XenbusState.CONNECTED));
        assertEquals(XenbusState.CLOSING, back.state());
        assertEquals("5", dom0.read(BACK + "/state"));
        assertTrue(back.switchState(XenbusState.CLOSED));
        assertEquals("6", dom0.read(BACK + "/state"));
    }

    @Test
    void shouldProbeAgainWhenADeviceWasRemadeBehindItsBack()
    {
        makeDevice();
        backendBus();
        xenstore.dispatch();
        back.switchState(XenbusState.INIT_WAIT);
        xenstore.dispatch();
        events.clear();

        removeDevice();
        makeDevice();
        xenstore.dispatch();
        assertEquals(List.of("close back", "probe backend/vbd/7/51712", "front INITIALISING"), events);
    }

    @Test
    void shouldProbeAgainWhenADeviceGotAnotherBackendBeforeTheHandshake()
    {
        makeDevice();
        frontendBus();
        xenstore.dispatch();
        final XenbusDevice first = front;

        removeDevice();
        makeDevice();
        dom0.write(FRONT + "/backend", BACK.replace("/2/", "/3/"));
        dom0.write(FRONT + "/backend-id", "3");
        xenstore.dispatch();
        assertNotSame(first, front);
        assertEquals(new Domid(3), front.otherEnd());
    }

    @Test
    void shouldCloseTheDeviceWhenTheFrontendsDomainVanishes()
    {
        makeDevice();
        backendBus();
        dom0.write(FRONT + "/state", "3");
        xenstore.dispatch();
        dom0.rm("/local/domain/7");
        xenstore.dispatch();
        assertEquals("front UNKNOWN", events.getLast());
        dom0.rm("/local/domain/2/backend/vbd/7");
        xenstore.dispatch();
        assertEquals("close back", events.getLast());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "9", "44", "-1", " 4", "4 ", "four", "\u0664", "9999999999999999999999"})
    void shouldTakeNonsenseAsUnknown(final String nonsense)
    {
        makeDevice();
        backendBus();
        dom0.write(FRONT + "/state", "4");
        xenstore.dispatch();
        guest.write(FRONT + "/state", nonsense);
        guest.write(FRONT + "/ring-ref", nonsense.equals("9") || nonsense.equals("44") ? "8x" : nonsense);
        xenstore.dispatch();
        assertEquals("front UNKNOWN", events.getLast());
        assertEquals(-1, back.readOtherNumber("ring-ref", Long.MAX_VALUE));
        assertEquals(-1, back.readOtherNumber("not-there", 10));
    }

    @Test
    void shouldReadNumbersUpToTheLargestThatMakesSense()
    {
        makeDevice();
        backendBus();
        xenstore.dispatch();
        guest.write(FRONT + "/event-channel", "4095");
        assertEquals(4095, back.readOtherNumber("event-channel", 4095));
        assertEquals(-1, back.readOtherNumber("event-channel", 4094));
        guest.write(FRONT + "/event-channel", "999999999999999999");
        assertEquals(999_999_999_999_999_999L, back.readOtherNumber("event-channel", Long.MAX_VALUE));
        assertEquals(51712, back.readNumber("vdev", 51712));
    }

    @Test
    void shouldSurviveAFrontendThatForbidsReading()
    {
        makeDevice();
        backendBus();
        dom0.write(FRONT + "/state", "4");
        xenstore.dispatch();
        xenstore.deny(FRONT);
        guest.write(FRONT + "/state", "5");
        xenstore.dispatch();
        assertEquals("front UNKNOWN", events.getLast());
        assertNull(back.readOther("ring-ref"));
    }

    @Test
    void shouldRefuseADirectoryWhoseFrontendIsNotTheOneItSays()
    {
        makeDevice();
        dom0.write(BACK + "/frontend-id", "8");
        backendBus();
        xenstore.dispatch();
        assertEquals(List.of(), events);
        assertTrue(errors.getFirst().contains("frontend-id=8"), () -> errors.toString());
    }

    @Test
    void shouldSayWhyADeviceFailedAndForgetItWithTheDevice()
    {
        makeDevice();
        backendBus();
        xenstore.dispatch();
        back.fail("req_prod is beyond the ring: " + "x".repeat(5000));
        assertEquals("5", dom0.read(BACK + "/state"));
        final String why = dom0.read("/local/domain/2/error/backend/vbd/7/51712/error");
        assertTrue(why.startsWith("req_prod is beyond the ring") && why.length() <= 256);
        assertEquals(1, errors.size());

        removeDevice();
        xenstore.dispatch();
        assertNull(dom0.read("/local/domain/2/error/backend/vbd/7/51712/error"));
    }

    @Test
    void shouldKeepTroubleWithOneDeviceFromTheOthers()
    {
        makeDevice();
        makeDevice("51728");
        xenstore.deny("/local/domain/2/secret");
        new BackendBus(
            driver, DRIVER, "vbd",
            device ->
            {
                if (device.id() == 51712)
                {
                    driver.read("/local/domain/2/secret");
                }
                return recorder(device);
            },
            errors::add);
        xenstore.dispatch();
        assertEquals("5", dom0.read(BACK + "/state"));
        assertEquals(List.of("probe backend/vbd/7/51728", "front INITIALISING"), events);
    }

    @Test
    void shouldThrowWhenXenstoreItselfIsLost()
    {
        makeDevice();
        backendBus();
        xenstore.dispatch();
        xenstore.lose();
        assertThrows(XenstoreException.class, () -> back.readOther("state"));
        assertThrows(XenstoreException.class, () -> back.fail("why"));
    }

    @Test
    void shouldEndEverythingWhenTheBusCloses()
    {
        makeDevice();
        final BackendBus bus = backendBus();
        xenstore.dispatch();
        bus.close();
        assertEquals("close back", events.getLast());
        assertEquals(0, bus.deviceCount());
        dom0.write(FRONT + "/state", "4");
        makeDevice("51728");
        xenstore.dispatch();
        assertEquals("close back", events.getLast());
    }

    private BackendBus backendBus()
    {
        return new BackendBus(driver, DRIVER, "vbd", this::recorder, errors::add);
    }

    private BackendDevice recorder(final XenbusDevice device)
    {
        back = device;
        events.add("probe " + device.path());
        return new BackendDevice()
        {
            @Override
            public void onFrontendState(final XenbusState frontend)
            {
                events.add("front " + frontend);
            }

            @Override
            public void close()
            {
                events.add("close back");
            }
        };
    }

    private void frontendBus()
    {
        new FrontendBus(
            guest, GUEST, "vbd",
            device ->
            {
                front = device;
                return new FrontendDevice()
                {
                    @Override
                    public void onBackendState(final XenbusState backend)
                    {
                        events.add("back " + backend);
                    }

                    @Override
                    public void close()
                    {
                        events.add("close front");
                    }
                };
            },
            errors::add);
    }

    private void makeDevice()
    {
        makeDevice("51712");
    }

    private void makeDevice(final String vdev)
    {
        final String frontPath = FRONT.replace("51712", vdev);
        final String backPath = BACK.replace("51712", vdev);
        dom0.inTransaction(
            transaction ->
            {
                Map.of("backend", backPath, "backend-id", "2", "state", "1")
                    .forEach((key, value) -> transaction.write(frontPath + "/" + key, value));
                Map.of("frontend", frontPath, "frontend-id", "7", "online", "1", "vdev", vdev, "state", "1")
                    .forEach((key, value) -> transaction.write(backPath + "/" + key, value));
                return null;
            });
    }

    private void removeDevice()
    {
        dom0.rm(FRONT);
        dom0.rm(BACK);
    }
}
