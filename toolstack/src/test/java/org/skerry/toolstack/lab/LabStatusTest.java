package org.skerry.toolstack.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LabStatusTest
{
    private final AtomicInteger begun = new AtomicInteger();
    private final LabStatus status = new LabStatus(begun::incrementAndGet);

    @Test
    void shouldTellWhenTheCommandBeginsAndHowItEnds()
    {
        say("ready\nalive\nalive\n");
        assertEquals(1, begun.get());
        assertEquals(OptionalInt.empty(), status.exit());

        say("42\nalive\n");
        assertEquals(OptionalInt.of(42), status.exit());
    }

    @Test
    void shouldTakeLinesAsTheyComeInPieces()
    {
        say("rea");
        say("dy\n1");
        assertEquals(1, begun.get());
        assertEquals(OptionalInt.empty(), status.exit());

        say("3\n");
        assertEquals(OptionalInt.of(13), status.exit());
    }

    @Test
    void shouldTakeNothingElseForAStatus()
    {
        say("x".repeat(1000) + "\n-1\n1234\n\n7 \nready?\n");

        assertEquals(OptionalInt.empty(), status.exit());
        assertEquals(0, begun.get());
    }

    private void say(final String text)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        status.write(bytes, 0, bytes.length);
    }
}
