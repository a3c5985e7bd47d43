package org.skerry.xenstore;

import java.util.Arrays;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.skerry.wire.xs.XenstoreRing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** Rows of {@link XenstoreXsaTest} that need rings. */
class XenstoreRingXsaTest
{
    private static final int REQ_PROD = 2052;
    private static final int ERROR = 2072;

    @Test
    @Tag("SEC-053")
    void shouldMarkARingInErrorForEveryDistanceOfIndicesThatCannotBe()
    {
        final RingFixture rings = new RingFixture();
        rings.introduce(5);
        rings.introduce(6);

        for (final int distance : new int[]{1025, 1026, 2048, 4096, 0x7FFF_FFFF, 0x8000_0000, -1024, -2, -1})
        {
            rings.page(5).putInt(REQ_PROD, rings.page(5).getInt(2048) + distance);
            rings.ring(5);
            rings.run();
            assertEquals(2, rings.page(5).getInt(ERROR), "distance=" + distance);
            assertEquals("/local/domain/6|", answer(rings, 6));
            rings.page(5).putInt(2068, 1);
            rings.ring(5);
            rings.run();
            assertEquals("/local/domain/6|", answer(rings, 5));
        }
    }

    @Test
    @Tag("SEC-062")
    void shouldKeepTheNodesOfADomainThatBrokeItsRingUntilItsRelease()
    {
        final RingFixture rings = new RingFixture();
        rings.introduce(5);
        rings.introduce(6);
        final byte[] header = rings.dom0.message(0, 2, new byte[0]);
        new UnsafeBuffer(header).putInt(12, 4097);
        XenstoreRing.client(rings.page(5)).write(header, 0, 16);
        rings.dom0.watch("@releaseDomain", "r");
        rings.ring(5);
        rings.run();

        assertEquals(3, rings.page(5).getInt(ERROR));
        assertEquals("", rings.dom0.ask("READ", "/local/domain/5|"));
        assertEquals("T|", rings.dom0.ask("IS_DOMAIN_INTRODUCED", "5|"));
        assertEquals("/local/domain/6|", answer(rings, 6));
        rings.asDom0("RELEASE", "5|");
        assertEquals(List.of("@releaseDomain|r|"), rings.dom0.events());
        assertEquals("ENOENT", rings.dom0.ask("READ", "/local/domain/5|"));
    }

    @Test
    @Tag("SEC-075")
    void shouldBearReleasesTwiceAndIntroductionsInBetween()
    {
        final RingFixture rings = new RingFixture();
        for (int round = 0; round < 50; round++)
        {
            rings.introduce(5);
            rings.ring(5);
            rings.asDom0("INTRODUCE", "5|0|2|");
            rings.asDom0("RELEASE", "5|");
            assertEquals("ENOENT", rings.dom0.ask("RELEASE", "5|"));
            rings.run();
            assertNull(rings.pages.get(5));
            rings.introduce(5);
            rings.asDom0("RELEASE", "5|");
        }
        rings.dom0.ok("CONTROL", "check|");
    }

    /** @return what a domain is answered that asks for the path of domain 6. */
    private static String answer(final RingFixture rings, final int domid)
    {
        final XenstoreRing ring = XenstoreRing.client(rings.page(domid));
        final byte[] request = rings.dom0.message(0, 10, TestClient.bytes("6|"));
        ring.write(request, 0, request.length);
        rings.ring(domid);
        rings.run();
        final byte[] reply = new byte[1024];
        final int length = ring.read(reply, 0, reply.length);
        return TestClient.text(Arrays.copyOfRange(reply, Math.min(16, length), Math.max(16, length)));
    }
}
