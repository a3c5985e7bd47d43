package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.xenstore.XenstoreClient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A domain on its ring page goes on with the next process of the store, wherever the last one stopped. */
class RingSurvivalTest
{
    private static final int CONNECTION = 2068;

    private final RingFixture fixture = new RingFixture(
        new SurvivingMemory(new UnsafeBuffer(ByteBuffer.allocateDirect(4 * SurvivingMemory.LENGTH_MIN))));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void shouldDoEachRequestOnceHoweverOftenTheStoreIsKilled(final long seed)
    {
        fixture.introduce(5);
        fixture.introduce(6);
        final XenstoreClient guest = fixture.client(5);
        final XenstoreClient other = fixture.client(6);
        guest.write("counter", "0");
        final List<String> told = new ArrayList<>();
        guest.watch("counter", told::add);
        fixture.killOnceIn(6, new Random(seed));

        for (int i = 1; i <= 200; i++)
        {
            guest.inTransaction(transaction ->
            {
                transaction.write("counter", Integer.toString(Integer.parseInt(transaction.read("counter")) + 1));
                return null;
            });
            other.write("long/" + i, "v".repeat(1500));
            assertEquals("v".repeat(1500), other.read("long/" + i));
            assertEquals(Integer.toString(i), guest.read("counter"));
        }

        told.clear();
        guest.write("counter", "last");
        fixture.run();
        fixture.runDomains();
        assertTrue(told.contains("counter"), "the watch is there");
        assertTrue(fixture.killCount() > 100, "kills: " + fixture.killCount());
        assertEquals("OK|", fixture.dom0.ask("CONTROL", "check|"));
    }

    @Test
    void shouldServeWhatWasAskedWhileNobodyServed()
    {
        fixture.introduce(5);
        final XenstoreClient guest = fixture.client(5);
        guest.write("a", "1");
        fixture.again();

        assertEquals("1", guest.read("a"));
    }

    @Test
    void shouldEmptyAgainAPageThatWasNotEmptiedToTheEnd()
    {
        fixture.introduce(5);
        final XenstoreClient guest = fixture.client(5);
        guest.write("a", "1");
        fixture.page(5).putInt(CONNECTION, 1);
        fixture.again();
        fixture.run();

        assertEquals(0, fixture.page(5).getInt(CONNECTION));
        assertEquals("1", fixture.client(5).read("a"));
    }

    @Test
    void shouldGoOnWithoutADomainThatIsGone()
    {
        fixture.introduce(5);
        fixture.pages.remove(5);
        fixture.again();
        fixture.run();

        assertEquals("T|", fixture.dom0.ask("IS_DOMAIN_INTRODUCED", "5|"));
        fixture.introduce(5);
        assertEquals("n5", fixture.client(5).permissions("/local/domain/5").getFirst());
        fixture.asDom0("RELEASE", "5|");
    }
}
