package org.skerry.perf.xenstore;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.perf.Xenperf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(120)
class StoreCommandTest
{
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldMeasureEveryRowOfOurServer()
    {
        final int status = run(
            "--seconds", "0.05", "--rounds", "1", "--domains", "20", "--warm-up", "0",
            "--rows", "^(read|mix|trans|VM)");

        assertEquals(0, status, err::toString);
        assertTrue(out.toString().contains("read, 1 client, depth 16"), out::toString);
        assertTrue(out.toString().contains("VM creation, idle rings"), out::toString);
        assertTrue(out.toString().lines().noneMatch(line -> line.endsWith("NaN")), out::toString);
    }

    @Test
    void shouldSayWhatIsWrongWithItsOptions()
    {
        assertEquals(2, run("--rounds", "0"));
        assertTrue(err.toString().contains("--rounds must be 1 to 100: 0"), err::toString);
        assertEquals(2, run("--rows", "no such row"));
        assertEquals(2, run("--no-own"));
        assertEquals(2, run("--rows", "("));
        assertEquals(1, run("--no-own", "--peer", "/nowhere/socket"));
        assertTrue(err.toString().contains("cannot connect: socket=/nowhere/socket, ENOENT"), err::toString);
    }

    private int run(final String... options)
    {
        final String[] words = new String[options.length + 1];
        words[0] = "xenstore";
        System.arraycopy(options, 0, words, 1, options.length);
        return Xenperf.run(words, new PrintWriter(out, true), new PrintWriter(err, true));
    }
}
