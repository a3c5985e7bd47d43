package org.skerry.pvh;

import java.math.BigInteger;
import java.nio.ByteBuffer;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class GuestClockTest
{
    private static final long TSC_AT_ZERO = 123_456_789;

    @ParameterizedTest
    @ValueSource(ints = {100_000, 999_999, 1_000_000, 1_000_001, 2_000_000, 2_596_132, 3_999_999, 5_000_000})
    void shouldCountNanosecondsForYears(final int tscKhz)
    {
        final GuestClock clock = new GuestClock(TSC_AT_ZERO, tscKhz);
        for (final long seconds : new long[]{0, 1, 3600, 365L * 24 * 3600})
        {
            final long told = clock.timeNs(TSC_AT_ZERO + seconds * tscKhz * 1000);
            final long error = Math.abs(told - seconds * 1_000_000_000L);
            assertTrue(error <= seconds + 1, tscKhz + " kHz, " + seconds + " s: " + error + " ns");    // 1e-9
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100_000, 1_000_000, 2_596_132, 5_000_000})
    void shouldTellTheGuestTheFormulaThatItUsesItself(final int tscKhz)
    {
        final UnsafeBuffer record = new UnsafeBuffer(ByteBuffer.allocateDirect(64));
        final GuestClock clock = new GuestClock(TSC_AT_ZERO, tscKhz);
        clock.putTimeInfo(record, 32);

        assertEquals(TSC_AT_ZERO, record.getLong(32 + 8));
        assertEquals(0, record.getLong(32 + 16));
        assertEquals(1, record.getByte(32 + 29), "PVCLOCK_TSC_STABLE_BIT");
        final long delta = 7_777_777_777_777L;
        final int shift = record.getByte(32 + 28);
        final BigInteger product = BigInteger.valueOf(shift < 0 ? delta >>> -shift : delta << shift)
            .multiply(BigInteger.valueOf(Integer.toUnsignedLong(record.getInt(32 + 24))));
        assertEquals(product.shiftRight(32).longValueExact(), clock.timeNs(TSC_AT_ZERO + delta));
    }
}
