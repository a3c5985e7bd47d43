package org.skerry.kernel.domain;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Errno;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class WatchdogsTest
{
    private static final long NOW = 1000;
    private static final long S = 1_000_000_000L;

    private final Watchdogs watchdogs = new Watchdogs();

    @Test
    void shouldHaveTwoAndTellTheEarlier()
    {
        assertEquals(1, watchdogs.set(0, 30, NOW));
        assertEquals(2, watchdogs.set(0, 20, NOW));
        assertEquals(Errno.ENOSPC.negative(), watchdogs.set(0, 10, NOW));
        assertEquals(NOW + 20 * S, watchdogs.nextNs());

        assertEquals(0, watchdogs.set(2, 40, NOW), "fed");
        assertEquals(NOW + 30 * S, watchdogs.nextNs());
        assertEquals(0, watchdogs.set(1, 0, NOW), "stopped");
        assertEquals(NOW + 40 * S, watchdogs.nextNs());
        assertEquals(1, watchdogs.set(0, 50, NOW));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
    void shouldNotKnowAWatchdogThatIsNotSet(final long id)
    {
        assertEquals(Errno.EINVAL.negative(), watchdogs.set(id, 1, NOW));
        assertEquals(Errno.EINVAL.negative(), watchdogs.set(id, 0, NOW));
        assertEquals(Errno.EINVAL.negative(), watchdogs.set(0, 0, NOW));
        assertEquals(Watchdogs.NEVER, watchdogs.nextNs());
    }

    @Test
    void shouldTakeTheLongestTimeout()
    {
        watchdogs.set(0, 0xFFFF_FFFFL, Long.MAX_VALUE / 4);

        assertTrue(watchdogs.nextNs() > Long.MAX_VALUE / 4 && watchdogs.nextNs() < Watchdogs.NEVER);
    }

    @Test
    void shouldStandStillWhileTheDomainDoes()
    {
        watchdogs.set(0, 5, NOW);

        watchdogs.delay(7 * S);

        assertEquals(NOW + 12 * S, watchdogs.nextNs());
        watchdogs.stop();
        watchdogs.delay(S);
        assertEquals(Watchdogs.NEVER, watchdogs.nextNs());
    }
}
