package org.skerry.toolstack.xenstore;

import java.util.concurrent.TimeUnit;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XsOp;

/** Prints what changes, one path a line, each at once. */
final class WatchCommand
{
    private WatchCommand()
    {
    }

    /**
     * @param store   to ask.
     * @param output  of the program.
     * @param options {@code -n}: end after so many events, -1 for never; {@code -T}: end after so many seconds.
     * @return 0 when so many came, 1 when the time was over first.
     * @throws ToolFailure when a path cannot be watched, or the store is gone.
     */
    static int run(final StoreConnection store, final ToolOutput output, final Options options)
    {
        final int limit = options.number() == null ? -1 : ValueText.atoi(options.number());
        final long deadlineNs = options.timeout() == null ? 0 :
            System.nanoTime() + TimeUnit.SECONDS.toNanos(ValueText.atoi(options.timeout())) | 1;

        for (final String path : options.operands())
        {
            try
            {
                store.call(XsOp.WATCH, 0, path + '\0' + path + '\0');
            }
            catch (final XenstoreException ex)
            {
                throw new ToolFailure(1, "Unable to add watch on " + path + "\n");
            }
        }

        for (int count = 0; limit == -1 || count < limit; count++)
        {
            final String event = next(store, deadlineNs);
            if (event == null)
            {
                return 1;
            }

            output.pending().append(event, 0, event.indexOf('\0')).append('\n');
            output.flush();
        }

        return 0;
    }

    private static String next(final StoreConnection store, final long deadlineNs)
    {
        try
        {
            return store.event(deadlineNs);
        }
        catch (final XenstoreException ex)
        {
            throw new ToolFailure(1, "the connection to xenstore is lost");
        }
    }
}
