package org.skerry.toolstack.xenstore;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.utils.AttributedString;
import org.jline.utils.Curses;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Signals;
import org.skerry.wire.linux.Termios;

/**
 * The terminal, with a screen of its own. What was there before comes back with {@link #close}, and with the end of the
 * process, by a signal too.
 */
final class EditScreen implements AutoCloseable
{
    /** What a lone Escape key is not followed by, ms. */
    private static final long ESCAPE_MS = 300;                  // a busy machine shows the rest of a key late

    /** Of struct termios. */
    private static final int OUTPUT_FLAGS = 4;

    private final Terminal terminal;
    private final byte[] saved = new byte[Termios.TERMIOS_LENGTH];
    private final byte[] leave;
    private final Display display;
    private final Thread atExit = new Thread(this::restore, "restore-terminal");
    private boolean isRestored;

    private EditScreen(final Terminal terminal)
    {
        this.terminal = terminal;
        this.leave = sequence(Capability.cursor_normal, Capability.keypad_local, Capability.exit_ca_mode);
        this.display = new Display(terminal, true);
    }

    /**
     * @param type    of the terminal, as TERM names it.
     * @param onEvent hears of keys and sizes, on threads of their own.
     * @return the screen, empty.
     * @throws ToolFailure without a terminal.
     */
    static EditScreen open(final String type, final Consumer<EditEvent> onEvent)
    {
        if (Termios.windowSize(0) < 0 || Termios.windowSize(1) < 0)
        {
            throw new ToolFailure(1, "this needs a terminal");
        }

        try
        {
            // The library knows nothing of the real one: its way to set a terminal's attributes loses the speed.
            final EditScreen screen = new EditScreen(new DumbTerminal(
                "xenstore-edit", type, new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out),
                StandardCharsets.UTF_8));
            screen.enter(onEvent);
            return screen;
        }
        catch (final IOException ex)
        {
            throw new ToolFailure(1, "the terminal: " + ex.getMessage());
        }
    }

    private byte[] sequence(final Capability... capabilities)
    {
        final StringWriter text = new StringWriter();

        for (final Capability capability : capabilities)
        {
            final String sequence = terminal.getStringCapability(capability);

            if (sequence != null)
            {
                Curses.tputs(text, sequence);
            }
        }

        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private void enter(final Consumer<EditEvent> onEvent)
    {
        Termios.tcgetattr(0, saved);
        Runtime.getRuntime().addShutdownHook(atExit);
        final byte[] raw = saved.clone();
        Termios.cfmakeraw(raw);
        System.arraycopy(saved, OUTPUT_FLAGS, raw, OUTPUT_FLAGS, Integer.BYTES);   // the library counts on new lines
        Termios.tcsetattr(0, Termios.TCSANOW, raw);
        terminal.enterRawMode();
        final Attributes mine = terminal.getAttributes();
        mine.setLocalFlag(Attributes.LocalFlag.ISIG, false);     // ^C is a key
        terminal.setAttributes(mine);
        Signals.register("WINCH", () -> onEvent.accept(new EditEvent.Resized()));
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.keypad_xmit);
        terminal.puts(Capability.cursor_invisible);
        terminal.flush();
        resize();
        Thread.ofPlatform().daemon().name("keys").start(() -> readKeys(onEvent));
    }

    private void readKeys(final Consumer<EditEvent> onEvent)
    {
        final NonBlockingReader reader = terminal.reader();

        try
        {
            int c = reader.read();

            while (c >= 0)
            {
                onEvent.accept(new EditEvent.Key(c == EditEvent.ESCAPE ? escape(reader) : c == '\n' ?
                    EditEvent.ENTER : c == EditEvent.CTRL_H ? EditEvent.BACKSPACE : c));
                c = reader.read();
            }
        }
        catch (final IOException ignore)
        {
            // a terminal that is gone is the end, too
        }

        onEvent.accept(new EditEvent.Ended("the terminal is gone"));
    }

    /** @return which key, of which the first character was Escape. */
    private static int escape(final NonBlockingReader reader) throws IOException
    {
        final int introducer = reader.read(ESCAPE_MS);

        if (introducer != '[' && introducer != 'O')
        {
            return EditEvent.ESCAPE;
        }

        int c = reader.read(ESCAPE_MS);
        int number = 0;

        while (c >= '0' && c <= '9' || c == ';')
        {
            number = c == ';' ? number : number * 10 + c - '0';
            c = reader.read(ESCAPE_MS);
        }

        return switch (c)
        {
            case 'A' -> EditEvent.UP;
            case 'B' -> EditEvent.DOWN;
            case 'C' -> EditEvent.RIGHT;
            case 'D' -> EditEvent.LEFT;
            case 'H' -> EditEvent.HOME;
            case 'F' -> EditEvent.END;
            case '~' -> switch (number)
            {
                case 1, 7 -> EditEvent.HOME;
                case 3 -> EditEvent.DELETE;
                case 4, 8 -> EditEvent.END;
                case 5 -> EditEvent.PAGE_UP;
                case 6 -> EditEvent.PAGE_DOWN;
                default -> 0;
            };
            default -> 0;
        };
    }

    /** Take the terminal's size as it is now. */
    synchronized void resize()
    {
        if (isRestored)
        {
            return;
        }

        final long size = Termios.windowSize(1);
        final boolean isKnown = size > 0 && (int)size > 0;       // a serial line has no size
        terminal.setSize(isKnown ? new Size((int)size, (int)(size >> Integer.SIZE)) : new Size(80, 24));
        display.resize(height(), width());
        display.clear();
        terminal.puts(Capability.clear_screen);
    }

    int height()
    {
        return terminal.getSize().getRows();
    }

    int width()
    {
        return terminal.getSize().getColumns();
    }

    /**
     * Show lines.
     *
     * @param lines  as many as the screen is high.
     * @param column of the cursor in the last line, -1 for no cursor.
     */
    synchronized void show(final List<AttributedString> lines, final int column)
    {
        if (isRestored)
        {
            return;                                              // the process is being ended
        }

        terminal.puts(column < 0 ? Capability.cursor_invisible : Capability.cursor_normal);
        display.update(lines, terminal.getSize().cursorPos(lines.size() - 1, Math.max(0, column)));
        terminal.flush();
    }

    @Override
    public void close()
    {
        restore();

        try
        {
            Runtime.getRuntime().removeShutdownHook(atExit);
        }
        catch (final IllegalStateException ignore)
        {
            return;                                              // the JVM is on its way out
        }
    }

    private synchronized void restore()
    {
        if (!isRestored)
        {
            isRestored = true;

            try
            {
                new FileOutputStream(FileDescriptor.out).write(leave);
            }
            catch (final IOException ignore)
            {
                // a terminal that is gone needs nothing
            }

            Termios.tcsetattr(0, Termios.TCSANOW, saved);
        }
    }
}
