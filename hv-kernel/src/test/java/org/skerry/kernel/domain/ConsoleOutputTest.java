package org.skerry.kernel.domain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConsoleOutputTest
{
    private final ConsoleOutput console = new ConsoleOutput();
    private final List<String> lines = new ArrayList<>();
    private long nowNs = TimeUnit.HOURS.toNanos(1);

    @Test
    void shouldMakeLinesOfPieces()
    {
        assertEquals(5, write("hello"));
        assertEquals(List.of(), lines);
        assertEquals(14, write(" world\nnext\n.."));

        assertEquals(List.of("hello world", "next"), lines);
    }

    @Test
    void shouldBreakALineThatDoesNotEnd()
    {
        write("x".repeat(300));

        assertEquals(2, lines.size());
        assertEquals(120, lines.getFirst().length());
    }

    @Test
    void shouldTakeNoMoreThanADomainMaySayAndMoreLater()
    {
        int taken = 0;
        for (int i = 0; i < 1000; i++)
        {
            taken += write("x".repeat(47) + "\n");
        }
        assertTrue(taken <= ConsoleOutput.BURST, "taken=" + taken);
        assertTrue(taken > ConsoleOutput.BURST / 2, "taken=" + taken);

        nowNs += TimeUnit.MILLISECONDS.toNanos(500);
        taken = write("y".repeat(2000));
        assertTrue(taken > 0 && taken <= ConsoleOutput.BYTES_PER_S / 2, "taken=" + taken);
    }

    @Test
    void shouldLetEmptyLinesCostTheirPart()
    {
        final int taken = write("\n".repeat(10_000));

        assertTrue(taken <= ConsoleOutput.BURST / 16, "taken=" + taken);
        assertEquals(taken, lines.size());
    }

    private int write(final String text)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return console.write(bytes, bytes.length, nowNs, line -> lines.add(line.toString()));
    }
}
