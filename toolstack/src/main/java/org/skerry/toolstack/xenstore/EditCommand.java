package org.skerry.toolstack.xenstore;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.xs.XsOp;

/**
 * {@code xenstore-edit}: the store on a terminal. One thread has tree and screen; keys, sizes and events of the watch
 * come to it through a queue from theirs.
 */
final class EditCommand
{
    private static final int QUEUE_LENGTH = 1024;

    /** Events of a watch are shown this often, at most; marks go when this has passed, at last. */
    private static final long FRAME_MS = 100;

    private final BlockingQueue<EditEvent> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
    private final Path socket;
    private final String terminalType;

    private EditCommand(final Path socket, final String terminalType)
    {
        this.socket = socket;
        this.terminalType = terminalType;
    }

    /**
     * @param socket       that the store listens on.
     * @param terminalType as TERM names it.
     * @param options      with the highest node, if not all.
     * @return 0.
     * @throws ToolFailure without terminal or store.
     */
    static int run(final Path socket, final String terminalType, final Options options)
    {
        final String path = options.operands().isEmpty() ? "/" : StoreHistory.absolute(options.operands().getFirst());
        return new EditCommand(socket, terminalType).run(path);
    }

    private int run(final String path)
    {
        try (StoreConnection store = StoreConnection.connect(socket);
            StoreConnection watch = StoreConnection.connect(socket))
        {
            try
            {
                store.call(XsOp.READ, 0, path + '\0');
                watch.call(XsOp.WATCH, 0, path + '\0' + path + '\0');
                watch.event(0);
            }
            catch (final XenstoreException ex)
            {
                throw new ToolFailure(1, path + ": " + ErrnoText.of(ex.errno()));
            }

            final String why = show(store, watch, path);

            if (why != null)
            {
                throw new ToolFailure(1, why);
            }
        }

        return 0;
    }

    private String show(final StoreConnection store, final StoreConnection watch, final String path)
    {
        try (EditScreen screen = EditScreen.open(terminalType, this::put))
        {
            Thread.ofPlatform().daemon().name("watch").start(() -> readEvents(watch));
            return loop(new EditView(store, path, socket.toString()), screen);
        }
    }

    private void readEvents(final StoreConnection watch)
    {
        try
        {
            while (true)
            {
                final String event = watch.event(0);
                put(new EditEvent.Changed(event.substring(0, event.indexOf('\0'))));
            }
        }
        catch (final XenstoreException ex)
        {
            put(new EditEvent.Ended("the connection to xenstore is lost"));
        }
    }

    private void put(final EditEvent event)
    {
        try
        {
            queue.put(event);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
        }
    }

    /** @return why it ended, null when somebody wanted it to. */
    private String loop(final EditView view, final EditScreen screen)
    {
        final Set<String> changed = new LinkedHashSet<>();
        long shownNs = System.nanoTime();
        screen.show(view.lines(screen.width(), screen.height()), view.cursor(screen.width()));

        while (true)
        {
            final EditEvent first = poll(view.hasMarks() || !changed.isEmpty() ? FRAME_MS : Long.MAX_VALUE);
            boolean isDue = first == null;

            for (EditEvent event = first; event != null; event = queue.poll())
            {
                switch (event)
                {
                    case EditEvent.Key(var code) ->
                    {
                        isDue = true;
                        if (!view.onKey(code))
                        {
                            return null;
                        }
                    }
                    case EditEvent.Changed(var path) -> changed.add(path);
                    case EditEvent.Resized _ ->
                    {
                        isDue = true;
                        screen.resize();
                    }
                    case EditEvent.Ended(var why) ->
                    {
                        return why;
                    }
                }
            }

            if (isDue || System.nanoTime() - shownNs >= TimeUnit.MILLISECONDS.toNanos(FRAME_MS))
            {
                view.onChanges(List.copyOf(changed));
                changed.clear();
                screen.show(view.lines(screen.width(), screen.height()), view.cursor(screen.width()));
                shownNs = System.nanoTime();
            }
        }
    }

    private EditEvent poll(final long timeoutMs)
    {
        try
        {
            return queue.poll(timeoutMs, TimeUnit.MILLISECONDS);
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            return new EditEvent.Ended("interrupted");
        }
    }
}
