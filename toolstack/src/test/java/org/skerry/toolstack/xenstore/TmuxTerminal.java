package org.skerry.toolstack.xenstore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A terminal of its own, in which a shell's command runs: tmux types, and tells what is to be seen. */
final class TmuxTerminal implements AutoCloseable
{
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final long TIMEOUT_S = 30;

    private final String name = "skerry-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet();

    TmuxTerminal(final int columns, final int rows, final Map<String, String> environment, final String command)
        throws IOException
    {
        final List<String> argv = new ArrayList<>(List.of(
            "-f", "/dev/null", "new-session", "-d", "-x", Integer.toString(columns), "-y", Integer.toString(rows)));
        environment.forEach((key, value) -> argv.addAll(List.of("-e", key + '=' + value)));
        argv.add(command);
        tmux(argv.toArray(String[]::new));
    }

    /** @param keys as tmux calls them; what is no name of a key is typed. */
    void type(final String... keys) throws IOException
    {
        final List<String> argv = new ArrayList<>(List.of("send-keys"));
        argv.addAll(Arrays.asList(keys));
        tmux(argv.toArray(String[]::new));
    }

    void resize(final int columns, final int rows) throws IOException
    {
        tmux("resize-window", "-x", Integer.toString(columns), "-y", Integer.toString(rows));
    }

    /** @return whether cursor and screen are those of a shell. */
    boolean isPlain() throws IOException
    {
        return tmux("display", "-p", "#{alternate_on}#{cursor_flag}").strip().equals("01");
    }

    /** Wait until the screen is as it should be. */
    List<String> await(final Predicate<List<String>> isRight) throws IOException
    {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        List<String> lines = screen();

        while (!isRight.test(lines))
        {
            if (System.nanoTime() - deadlineNs > 0)
            {
                throw new AssertionError("never seen; last was:\n" + String.join("\n", lines));
            }

            lines = screen();
        }

        return lines;
    }

    /** Wait until a line has a text in it. */
    List<String> awaitText(final String text) throws IOException
    {
        return await(lines -> lines.stream().anyMatch(line -> line.contains(text)));
    }

    private List<String> screen() throws IOException
    {
        return tmux("capture-pane", "-p").lines().toList();
    }

    private String tmux(final String... arguments) throws IOException
    {
        final List<String> argv = new ArrayList<>(List.of("tmux", "-u", "-L", name));
        argv.addAll(Arrays.asList(arguments));
        final Process process = new ProcessBuilder(argv).redirectErrorStream(true).start();
        final String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        if (process.onExit().join().exitValue() != 0)
        {
            throw new AssertionError(argv + ": " + out);
        }

        return out;
    }

    @Override
    public void close() throws IOException
    {
        tmux("kill-server");
    }
}
