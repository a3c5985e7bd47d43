package org.skerry.perf.ring;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.perf.Xenperf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RingCommandTest
{
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(strings = {
        "ring --window 33", "ring --window 0", "ring --rounds 0", "ring --seconds 0", "ring --only carrots",
        "ring --cpus 0", "ring --cpus 9999,9998", "ring --spin-us -1", "ring carrots", "carrots"})
    void shouldRefuseAWrongCommand(final String command)
    {
        assertEquals(2, run(command.split(" ")));
        assertTrue(err.toString().contains("xenperf"), err.toString());
        assertEquals("", out.toString());
    }

    @Test
    void shouldTellWhatThereIs()
    {
        assertEquals(0, run("--help"));
        assertTrue(out.toString().contains("xenperf jmh"));
        assertEquals(0, run("ring", "--help"));
        assertTrue(out.toString().contains("--window"));
    }

    private int run(final String... args)
    {
        return Xenperf.run(args, new PrintWriter(out, true), new PrintWriter(err, true));
    }
}
