package org.skerry.xenstore;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;

/**
 * {@link PacketFuzz} with random bytes, seconds of it, or {@code -Dskerry.fuzz.seconds=N} of each kind.
 * {@code xenstore/fuzz} does the same with coverage to guide the bytes.
 */
class PacketFuzzTest
{
    private static final int LENGTH_MAX = 600;
    private static final byte[] HEADER = new byte[16];

    private final long seed = Long.getLong("skerry.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @Test
    void shouldBearAnyStream()
    {
        repeat(PacketFuzz::stream);
    }

    @Test
    void shouldBearAnyRequests()
    {
        repeat(PacketFuzz::requests);
    }

    @Test
    void shouldBearAnyRingPage()
    {
        repeat(PacketFuzz::ring);
    }

    private void repeat(final Consumer<byte[]> trial)
    {
        final long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("skerry.fuzz.seconds", 2));

        while (System.nanoTime() - endNs < 0)
        {
            final byte[] data = new byte[random.nextInt(LENGTH_MAX)];
            random.nextBytes(data);

            for (int i = 0; i + HEADER.length < data.length && random.nextInt(4) > 0; i += 1 + random.nextInt(64))
            {
                System.arraycopy(HEADER, 0, data, i, HEADER.length);
                data[i] = (byte)random.nextInt(28);
                data[i + 12] = (byte)random.nextInt(20);
            }

            try
            {
                trial.accept(data);
            }
            catch (final RuntimeException | AssertionError e)
            {
                throw new AssertionError("-Dskerry.seed=" + seed + " repeats it", e);
            }
        }
    }
}
