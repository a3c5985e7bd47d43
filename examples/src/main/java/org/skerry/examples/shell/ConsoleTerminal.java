package org.skerry.examples.shell;

import org.skerry.guest.consolefront.Consolefront;

/** The domain's console as the shell uses it; a domain without one prints nowhere and hears nothing. */
final class ConsoleTerminal implements Terminal, ShellSession.Keyboard
{
    private static final int ENOUGH_ROOM = 64 * 1024;

    private final Consolefront console;

    /** @param console null for none. */
    ConsoleTerminal(final Consolefront console)
    {
        this.console = console;
    }

    @Override
    public int room()
    {
        return console == null ? ENOUGH_ROOM : console.room();
    }

    @Override
    public void print(final String text)
    {
        if (console != null)
        {
            console.write(text);
        }
    }

    @Override
    public int read(final byte[] target, final int offset, final int length)
    {
        return console == null ? 0 : console.read(target, offset, length);
    }

    /** @return whether the backend has all that was printed, or there is none. */
    boolean isDrained()
    {
        return console == null || !console.isConnected() || console.isDrained();
    }
}
