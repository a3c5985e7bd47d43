package org.skerry.toolstack.xenstore;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Standard output, gathered until it is flushed, and standard error, whose lines begin with the program's name. */
final class ToolOutput
{
    private static final int CHUNK = 32 << 10;

    private final String program;
    private final OutputStream out;
    private final OutputStream err;
    private final StringBuilder pending = new StringBuilder();

    /**
     * @param program name by which the program was called.
     * @param out     standard output.
     * @param err     standard error.
     */
    ToolOutput(final String program, final OutputStream out, final OutputStream err)
    {
        this.program = program;
        this.out = out;
        this.err = err;
    }

    /** @return name by which the program was called. */
    String program()
    {
        return program;
    }

    /** @return what was printed and can be taken back; its owner flushes it when it grows long. */
    StringBuilder pending()
    {
        return pending;
    }

    /** Flush when much has gathered. */
    void flushWhenLong()
    {
        if (pending.length() >= CHUNK)
        {
            flush();
        }
    }

    /**
     * Write out what was printed.
     *
     * @throws UncheckedIOException when nobody reads any more.
     */
    void flush()
    {
        write(out, pending.toString());
        pending.setLength(0);
    }

    /** @param message goes to standard error after the program's name. */
    void warn(final String message)
    {
        say(program + ": " + message);
    }

    /** @param message goes to standard error as it is. */
    void say(final String message)
    {
        write(err, message + "\n");
    }

    private static void write(final OutputStream stream, final String bytes)
    {
        try
        {
            stream.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            stream.flush();
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException(ex);
        }
    }
}
