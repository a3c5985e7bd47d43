package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstoreRing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Domains on their ring pages: the real server and, where not said otherwise, the real client, in one thread. */
class RingConnectionTest
{
    private static final int REQ_PROD = 2052;
    private static final int RSP_CONS = 2056;
    private static final int FEATURES = 2064;
    private static final int CONNECTION = 2068;
    private static final int ERROR = 2072;

    private final RingFixture fixture = new RingFixture();
    private XenstoreClient guest;

    @BeforeEach
    void introduce()
    {
        fixture.introduce(5);
        guest = fixture.client(5);
    }

    @Test
    void shouldServeADomainInItsHome()
    {
        guest.write("device/vif/0/state", "1");

        assertEquals("1", guest.read("/local/domain/5/device/vif/0/state"));
        assertEquals(List.of("vif"), guest.directory("device"));
        assertEquals(List.of(), guest.directory("missing"));
        assertNull(guest.read("missing"));
        assertEquals(List.of("n5"), guest.permissions("device"));
        guest.setPermissions("device", List.of("n5", "r0"));
        assertEquals(List.of("n5", "r0"), guest.permissions("device"));
        guest.rm("device");
        guest.rm("device/not/there");
        assertFalse(guest.exists("device"));
        assertEquals(Errno.EACCES, assertThrows(XenstoreException.class, () -> guest.read("/tool")).errno());
    }

    @Test
    void shouldCarryMessagesLongerThanTheRing()
    {
        fixture.asDom0("SET_QUOTA", "5|node-size|0|");
        final byte[] value = new byte[4000];
        new Random(1).nextBytes(value);
        guest.write("long", value);

        assertArrayEquals(value, guest.readBytes("long"));
    }

    @Test
    void shouldRunTransactionsAgainOnConflict()
    {
        guest.write("a", "1");
        final int[] runs = {0};
        final String result = guest.inTransaction(transaction ->
        {
            final String seen = transaction.read("a");

            if (runs[0]++ == 0)
            {
                fixture.asDom0("WRITE", "/local/domain/5/a|2");
            }

            transaction.write("b", seen);
            return seen;
        });

        assertEquals("2", result);
        assertEquals(2, runs[0]);
        assertEquals("2", guest.read("b"));
    }

    @Test
    void shouldAbortATransactionWhoseBodyThrows()
    {
        assertThrows(IllegalStateException.class, () -> guest.inTransaction(transaction ->
        {
            transaction.write("a", "1");
            throw new IllegalStateException("of the body");
        }));

        assertFalse(guest.exists("a"));
        assertEquals(0, fixture.store.domains().find(5).connection().transactionCount());
    }

    @Test
    void shouldTellWatchEventsFromTheLoopAndNotInsideACall()
    {
        final List<String> events = new ArrayList<>();
        final XenstoreWatch watch = guest.watch("device", path -> events.add(path + '=' + guest.read(path)));
        guest.write("device/a", "1");
        assertEquals(List.of(), events);
        fixture.runDomains();
        assertEquals(List.of("device=", "device/a=1"), events);

        fixture.asDom0("WRITE", "/local/domain/5/device/b|2");
        fixture.runDomains();
        assertEquals(List.of("device=", "device/a=1", "device/b=2"), events);

        watch.close();
        watch.close();
        fixture.asDom0("WRITE", "/local/domain/5/device/b|3");
        fixture.runDomains();
        assertEquals(3, events.size());
        assertEquals(0, fixture.store.watchCount());
    }

    @Test
    void shouldNotTellAnEventOfAWatchThatWasClosedBeforeItWasTold()
    {
        final List<String> events = new ArrayList<>();
        final XenstoreWatch watch = guest.watch("device", events::add);
        fixture.asDom0("WRITE", "/local/domain/5/device|1");
        watch.close();
        fixture.runDomains();

        assertEquals(List.of(), events);
    }

    @Test
    void shouldOfferFeaturesBeforeAnythingElse()
    {
        assertEquals(15, fixture.page(5).getInt(FEATURES));
        fixture.asDom0("SET_FEATURE", "6|2|");
        fixture.introduce(6);
        assertEquals(2, fixture.page(6).getInt(FEATURES));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -3, Integer.MAX_VALUE - 3})
    void shouldTakeOverAPageWithIndicesThatDoNotBeginAtZero(final int start)
    {
        for (int offset = 2048; offset < 2064; offset += 4)
        {
            fixture.page(6).putInt(offset, start);
        }

        final XenstoreClient other = fixture.client(6);
        fixture.introduce(6);
        other.write("a", "1");
        assertEquals("1", other.read("a"));
    }

    @Test
    void shouldServeRequestsThatWereMadeBeforeTheIntroduction()
    {
        final byte[] request = fixture.dom0.message(0, 10, TestClient.bytes("6|"));
        final XenstoreRing ring = XenstoreRing.client(fixture.page(6));
        ring.write(request, 0, request.length);
        fixture.introduce(6);
        fixture.ring(6);
        fixture.run();

        assertEquals(16 + "/local/domain/6|".length(), ring.readable());
    }

    @Test
    void shouldBeginAnewWhenIntroducedAgain()
    {
        guest.watch("device", path -> {});
        fixture.asDom0("INTRODUCE", "5|0|2|");
        assertEquals(0, fixture.page(5).getInt(REQ_PROD));
        assertEquals(0, fixture.store.watchCount());

        guest.write("a", "1");
        assertEquals("1", guest.read("a"));
    }

    @Test
    void shouldRefuseToIntroduceADomainItCannotReach()
    {
        assertEquals("EINVAL", fixture.dom0.ask("INTRODUCE", "77|0|1|"));
        assertEquals("F|", fixture.dom0.ask("IS_DOMAIN_INTRODUCED", "77|"));
        fixture.page(77);
        assertEquals("EINVAL", fixture.dom0.ask("INTRODUCE", "77|0|9999|"));
        assertEquals("F|", fixture.dom0.ask("IS_DOMAIN_INTRODUCED", "77|"));
        assertNull(fixture.pages.get(77));
    }

    @Test
    void shouldLetGoOfPageAndPortWhenReleased()
    {
        guest.write("a", "1");
        fixture.asDom0("RELEASE", "5|");

        assertNull(fixture.pages.get(5));
        assertNull(fixture.bellsOfStore.get(5));
        assertEquals("ENOENT", fixture.dom0.ask("READ", "/local/domain/5|"));
        assertEquals("ENOENT", fixture.dom0.ask("RELEASE", "5|"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1025, -1, Integer.MIN_VALUE, 0x7FFF_0000})
    void shouldGiveUpARingWhoseReqProdCannotBe(final int reqProd)
    {
        guest.watch("device", path -> {});
        final int before = fixture.page(5).getInt(REQ_PROD);
        fixture.page(5).putInt(REQ_PROD, before + reqProd);
        fixture.ring(5);
        fixture.run();

        assertEquals(2, fixture.page(5).getInt(ERROR));
        assertEquals(0, fixture.store.watchCount());
        assertTrue(fixture.logged.toString().contains("domid=5, error=2"));
        assertEquals(Errno.EIO, assertThrows(XenstoreException.class, () -> guest.read("a")).errno());
        assertEquals("", fixture.dom0.ask("READ", "/local/domain/5|"));
    }

    @Test
    void shouldGiveUpARingWhoseRspConsCannotBe()
    {
        fixture.page(5).putInt(RSP_CONS, fixture.page(5).getInt(RSP_CONS) + 1);
        final byte[] request = fixture.dom0.message(0, 10, TestClient.bytes("6|"));
        XenstoreRing.client(fixture.page(5)).write(request, 0, request.length);
        fixture.ring(5);
        fixture.run();

        assertEquals(2, fixture.page(5).getInt(ERROR));
    }

    @Test
    void shouldGiveUpARingWithAMessageTooLong()
    {
        final byte[] header = fixture.dom0.message(0, 2, new byte[0]);
        new UnsafeBuffer(header).putInt(12, 4097);
        XenstoreRing.client(fixture.page(5)).write(header, 0, 16);
        fixture.ring(5);
        fixture.run();

        assertEquals(3, fixture.page(5).getInt(ERROR));
    }

    @Test
    void shouldReconnectABrokenRing()
    {
        fixture.page(5).putInt(REQ_PROD, 5000);
        fixture.ring(5);
        fixture.run();
        fixture.page(5).putInt(CONNECTION, 1);
        fixture.ring(5);
        fixture.run();

        assertEquals(0, fixture.page(5).getInt(CONNECTION));
        assertEquals(0, fixture.page(5).getInt(ERROR));
        final XenstoreClient again = fixture.client(5);
        again.write("a", "1");
        assertEquals("1", again.read("a"));
    }

    @Test
    void shouldForgetHalfAMessageWatchesAndTransactionsOnReconnect()
    {
        guest.watch("device", path -> {});
        final byte[] request = fixture.dom0.message(0, 10, TestClient.bytes("6|"));
        final XenstoreRing ring = XenstoreRing.client(fixture.page(5));
        ring.write(request, 0, 10);
        fixture.ring(5);
        fixture.run();
        ring.requestReconnect();
        fixture.ring(5);
        fixture.run();

        assertFalse(ring.isReconnecting());
        assertEquals(0, fixture.store.watchCount());
        guest.write("a", "1");
        assertEquals("1", guest.read("a"));
    }

    @Test
    void shouldReadRequestsThatComeByteByByte()
    {
        final byte[] request = fixture.dom0.message(0, 10, TestClient.bytes("6|"));
        final XenstoreRing ring = XenstoreRing.client(fixture.page(5));

        for (int i = 0; i < request.length; i++)
        {
            assertEquals(0, ring.readable());
            ring.write(request, i, 1);
            fixture.ring(5);
            fixture.run();
        }

        assertEquals(16 + "/local/domain/6|".length(), ring.readable());
    }

    @Test
    void shouldNotServeADomainThatTakesNoReplies()
    {
        final XenstoreRing ring = XenstoreRing.client(fixture.page(5));
        final byte[] request = fixture.dom0.message(0, 10, TestClient.bytes("6|"));
        int accepted = 0;
        int idle = 0;

        while (idle < 3)
        {
            final boolean fits = ring.writable() >= request.length;
            accepted += fits ? ring.write(request, 0, request.length) / request.length : 0;
            idle = fits ? 0 : idle + 1;
            fixture.ring(5);
            fixture.run();
        }

        assertTrue(accepted > 32 && accepted < 300, "accepted=" + accepted);
        final byte[] replies = new byte[1024];
        int received = 0;
        for (int count = ring.read(replies, 0, 1024); count > 0; count = ring.read(replies, 0, 1024))
        {
            received += count;
            fixture.ring(5);
            fixture.run();
        }
        assertEquals(accepted * 32, received);
    }

    @Test
    void shouldNotLetADomainThatRefillsItsRingKeepTheStore()
    {
        final XenstoreRing ring = XenstoreRing.client(fixture.page(5));
        final byte[] request = fixture.dom0.message(0, 21, TestClient.bytes("|"));
        final int[] refills = {0};
        fixture.bellsOfDomains.put(5, () -> {});
        ring.write(request, 0, request.length);
        fixture.ring(5);

        while (refills[0] < 100)
        {
            assertEquals(1, fixture.storeTasks.size());
            fixture.storeTasks.remove().run();
            ring.read(new byte[1024], 0, 1024);
            ring.write(request, 0, request.length);
            fixture.ring(5);
            refills[0]++;
        }
    }

    @Test
    void shouldSurviveRandomBytesInThePage()
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);

        for (int round = 0; round < 3000; round++)
        {
            final byte[] noise = new byte[1 + random.nextInt(40)];
            random.nextBytes(noise);
            fixture.page(5).putBytes(random.nextInt(2080 - noise.length), noise);
            fixture.ring(5);
            fixture.run();

            if (random.nextInt(10) == 0)
            {
                fixture.page(5).putInt(CONNECTION, 1);
                fixture.ring(5);
                fixture.run();
            }
        }

        assertEquals("OK|", fixture.dom0.ask("CONTROL", "check|"), () -> "seed=" + seed);
        fixture.page(5).putInt(CONNECTION, 1);
        fixture.ring(5);
        fixture.run();
        final XenstoreClient again = fixture.client(5);
        again.write("a", "1");
        assertEquals("1", again.read("a"), () -> "seed=" + seed);
    }
}
