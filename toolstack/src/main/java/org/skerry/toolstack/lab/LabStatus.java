package org.skerry.toolstack.lab;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/**
 * What the lab's machine says of itself, a line each: {@code ready} when the command begins, {@code alive} every few
 * seconds, and the command's exit status. Written by the thread of its port, read by any.
 */
final class LabStatus extends OutputStream
{
    /** Longest line that is meant. */
    private static final int LENGTH = 16;
    private static final int NONE = -1;

    private final Runnable onReady;
    private final StringBuilder line = new StringBuilder(LENGTH);
    private volatile long heardNs = System.nanoTime();
    private volatile int exit = NONE;

    /**
     * @param onReady the command begins.
     */
    LabStatus(final Runnable onReady)
    {
        this.onReady = onReady;
    }

    @Override
    public void write(final int letter)
    {
        write(new byte[]{(byte)letter}, 0, 1);
    }

    @Override
    public void write(final byte[] bytes, final int offset, final int length)
    {
        heardNs = System.nanoTime();
        for (final char letter : new String(bytes, offset, length, StandardCharsets.ISO_8859_1).toCharArray())
        {
            if (letter == '\n')
            {
                onLine(line.toString());
                line.setLength(0);
            }
            else if (line.length() < LENGTH)
            {
                line.append(letter);
            }
        }
    }

    /** @return seconds since the machine was heard, or since it was started. */
    long silenceSeconds()
    {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - heardNs);
    }

    /** @return of the command, 0 to 999, once it has ended. */
    OptionalInt exit()
    {
        return exit == NONE ? OptionalInt.empty() : OptionalInt.of(exit);
    }

    private void onLine(final String text)
    {
        if (text.equals("ready"))
        {
            onReady.run();
        }
        else if (text.matches("\\d{1,3}"))
        {
            exit = Integer.parseInt(text);
        }
    }
}
