package org.skerry.console;

import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class ScrollbackTest
{
    private final Scrollback scrollback = new Scrollback(64);
    private final byte[] target = new byte[256];

    @Test
    void shouldKeepTheLastBytesAndTheirPositions()
    {
        final Random random = new Random(3);
        final byte[] all = new byte[5000];
        random.nextBytes(all);
        int length = 0;

        while (length < 4700)
        {
            final int count = random.nextInt(200);
            scrollback.append(all, length, count);
            length += count;
            assertEquals(length, scrollback.end());
            assertEquals(Math.max(0, length - 64), scrollback.start());

            final long position = scrollback.start() + random.nextInt((int)(length - scrollback.start()) + 1);
            final int copied = scrollback.copy(position, target, 40);
            assertEquals(Math.min(40, length - position), copied);

            for (int i = 0; i < copied; i++)
            {
                assertEquals(all[(int)position + i], target[i]);
            }
        }
    }

    @Test
    void shouldGiveNothingAtTheEnd()
    {
        scrollback.append(target, 0, 10);
        assertEquals(0, scrollback.copy(10, target, 10));
    }

    @Test
    void shouldRefuseAPositionThatIsGone()
    {
        scrollback.append(target, 0, 100);
        assertThrows(IllegalArgumentException.class, () -> scrollback.copy(35, target, 1));
        assertThrows(IllegalArgumentException.class, () -> scrollback.copy(101, target, 1));
    }
}
