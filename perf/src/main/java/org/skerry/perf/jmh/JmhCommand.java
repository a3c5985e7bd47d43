package org.skerry.perf.jmh;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code xenperf jmh}: JMH's own command line. A benchmark that fails ends the run, unless {@code -foe} says otherwise.
 */
public final class JmhCommand
{
    private static final String FAIL_ON_ERROR = "-foe";

    private JmhCommand()
    {
    }

    /**
     * @param args options of JMH, regular expressions of benchmarks.
     * @param err  for errors.
     * @return exit status.
     */
    public static int run(final String[] args, final PrintWriter err)
    {
        final List<String> all = new ArrayList<>(Arrays.asList(args));
        if (!all.contains(FAIL_ON_ERROR))
        {
            all.addAll(List.of(FAIL_ON_ERROR, "true"));
        }
        try
        {
            org.openjdk.jmh.Main.main(all.toArray(String[]::new));      // exits by itself when it fails
            return 0;
        }
        catch (final IOException e)
        {
            err.println("xenperf: " + e.getMessage());
            return 1;
        }
    }
}
