package org.skerry.tests.system;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Types at a console and reads what comes back, through a real {@code xl console}.
 */
final class ConsoleDriver implements AutoCloseable
{
    static final String PROMPT = "skerry# ";

    private static final long DEFAULT_TIMEOUT_SECONDS = 30;
    private static final byte ESCAPE = 0x1D;

    private final Process process;
    private final Supplier<String> log;
    private final StringBuilder text = new StringBuilder();
    private boolean isEnded;
    private int position;

    ConsoleDriver(final Process process, final Supplier<String> log)
    {
        this.process = process;
        this.log = log;
        Thread.ofPlatform().daemon().name("console-reader").start(() -> readAll(process.getInputStream()));
    }

    /** Type a line, wait for its echo and then for the prompt; answers what stood in between. */
    String command(final String line) throws IOException
    {
        type(line + "\r");
        expect(Pattern.compile(Pattern.quote(line) + "\r?\n"));
        return expect(Pattern.compile("(?s)(.*?)" + Pattern.quote(PROMPT))).group(1);
    }

    void type(final String characters) throws IOException
    {
        process.getOutputStream().write(characters.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Wait for a prompt. */
    void expectPrompt()
    {
        expect(Pattern.compile(Pattern.quote(PROMPT)));
    }

    /** Wait until the pattern is found behind what was found before. */
    synchronized Matcher expect(final Pattern pattern)
    {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEFAULT_TIMEOUT_SECONDS);
        while (true)
        {
            final Matcher matcher = pattern.matcher(text);
            if (matcher.find(position))
            {
                position = matcher.end();
                return matcher;
            }
            final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
            if (leftMs <= 0 || isEnded)
            {
                throw new AssertionError("console never said " + pattern + (isEnded ? " before it ended" : "") +
                    "; it said: " + text.substring(position) + log.get());
            }
            await(leftMs);
        }
    }

    /** Wait for the end of the program. */
    int awaitEnd() throws InterruptedException
    {
        if (!process.waitFor(DEFAULT_TIMEOUT_SECONDS, TimeUnit.SECONDS))
        {
            throw new AssertionError("console does not end; it said: " + text + log.get());
        }

        return process.exitValue();
    }

    @Override
    public void close() throws IOException
    {
        if (process.isAlive())
        {
            process.getOutputStream().write(ESCAPE);
            process.getOutputStream().close();
        }
        try
        {
            if (!process.waitFor(5, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
            }
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void await(final long timeoutMs)
    {
        try
        {
            wait(timeoutMs);
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private void readAll(final InputStream stream)
    {
        final byte[] bytes = new byte[4096];
        try
        {
            int length = stream.read(bytes);
            while (length >= 0)
            {
                append(new String(bytes, 0, length, StandardCharsets.ISO_8859_1));
                length = stream.read(bytes);
            }
        }
        catch (final IOException e)
        {
            append("\n(" + e.getMessage() + ")\n");
        }
        end();
    }

    private synchronized void append(final String more)
    {
        text.append(more);
        notifyAll();
    }

    private synchronized void end()
    {
        isEnded = true;
        notifyAll();
    }
}
