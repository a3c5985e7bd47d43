package org.skerry.toolstack.xenstore;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsOp;

/**
 * Keeps in a file what is in a store and belongs to no domain, so that it is there again after the machine was started
 * anew. What belongs to domains ends with them: what is below {@code /local}, {@code /vm} and {@code /libxl},
 * and nodes that they own.
 *
 * <p>Once a second what changed is appended and forced to the disk: a crash of the machine costs the last second. When
 * more changed than the store remembers, or the file has grown to {@value #GROWTH} times what it needs, the whole tree
 * is written anew, at most once a minute. While the disk is full the file stays as it is, and what changed meanwhile
 * follows as soon as there is room.
 */
public final class StoreJournal implements AutoCloseable
{
    private static final List<String> OF_DOMAINS = List.of("/local", "/vm", "/libxl");
    private static final int STATUS = 1;
    private static final int LINES_TOGETHER = 256;
    private static final int ATTEMPTS = 5;
    private static final long WHOLE_PAUSE_NS = TimeUnit.MINUTES.toNanos(1);
    private static final long SMALL_LENGTH = 1 << 20;
    private static final int GROWTH = 4;

    private final JournalFile file;
    private final Path socket;
    private final PrintStream log;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name("xenstore-journal").factory());
    private StoreConnection store;
    private boolean isInStep;
    private long version;
    private long wholeLength;
    private long wholeNs;
    private String trouble = "";

    private StoreJournal(final JournalFile file, final Path socket, final PrintStream log)
    {
        this.file = file;
        this.socket = socket;
        this.log = log;
    }

    /**
     * Have in a store what a file says, and keep the file in step with the store from now on.
     *
     * @param path   of the file, absolute; it need not be there yet.
     * @param socket of the store.
     * @param log    is told when that does not work any more, and when it does again.
     * @return to be closed before the store ends.
     * @throws ToolstackException when the file cannot be used: its name, why, and what to do.
     */
    public static StoreJournal keep(final Path path, final Path socket, final PrintStream log)
    {
        try
        {
            if (!path.isAbsolute())
            {
                throw new IOException("its path must begin with /");
            }
            final StoreJournal journal = new StoreJournal(JournalFile.open(path), socket, log);
            try
            {
                journal.begin();
            }
            catch (final IOException | XenstoreException | ToolFailure ex)
            {
                journal.isInStep = false;
                journal.close();
                throw ex;
            }
            return journal;
        }
        catch (final IOException ex)
        {
            throw failure(path, reason(ex));
        }
        catch (final XenstoreException | ToolFailure ex)
        {
            throw failure(path, ex.getMessage());
        }
    }

    private static ToolstackException failure(final Path path, final String reason)
    {
        return new ToolstackException("cannot keep the xenstore journal " + path + ": " + reason);
    }

    private static String reason(final IOException ex)
    {
        return ex instanceof FileSystemException failure && failure.getReason() == null ?
            ex.getClass().getSimpleName() + ": " + ex.getMessage() : ex.getMessage();
    }

    private void begin() throws IOException
    {
        store = StoreConnection.connect(socket);
        file.read(new JournalRestoration(store)::change);
        writeWhole();
        thread.scheduleWithFixedDelay(this::follow, 1, 1, TimeUnit.SECONDS);
    }

    /** A second that the store needs to start anew is none for us. */
    private void writeWhole() throws IOException
    {
        wholeNs = System.nanoTime();
        int attempt = 1;
        while (!isWholeWritten(attempt == ATTEMPTS))
        {
            attempt++;
        }
        isInStep = true;
        wholeLength = file.length();
    }

    private boolean isWholeWritten(final boolean isLastAttempt) throws IOException
    {
        try (JournalFile.Successor successor = file.successor())
        {
            final long last = new StoreHistory(store, STATUS).last();
            writeNodes(successor);
            successor.finish();
            version = last;
            return true;
        }
        catch (final XenstoreException ex)
        {
            if (isLastAttempt)
            {
                throw ex;
            }
            return false;
        }
    }

    private void writeNodes(final JournalFile.Successor out) throws IOException
    {
        final List<String> lines = new ArrayList<>();
        final List<String> tooLong = new ArrayList<>();
        try
        {
            SubtreeReader.read(store, XenstorePath.ROOT, (parent, path, permissions, value) ->
            {
                if (value == null)
                {
                    tooLong.add(path + ' ' + permissions);
                }
                else
                {
                    add(out, lines, path, new PastNode(permissions, value));
                }
            });
        }
        catch (final UncheckedIOException ex)
        {
            throw ex.getCause();
        }
        for (final String node : tooLong)
        {
            final int space = node.indexOf(' ');
            final String path = node.substring(0, space);
            add(out, lines, path, new PastNode(node.substring(space + 1), store.call(XsOp.READ, 0, path + '\0')));
        }
        out.append(lines);
    }

    private static void add(
        final JournalFile.Successor out, final List<String> lines, final String path, final PastNode node)
    {
        if (isKept(path))
        {
            lines.add(JournalFile.line(path, node));
        }
        if (lines.size() == LINES_TOGETHER)
        {
            try
            {
                out.append(lines);
            }
            catch (final IOException ex)
            {
                throw new UncheckedIOException(ex);
            }
            lines.clear();
        }
    }

    private static boolean isKept(final String path)
    {
        return OF_DOMAINS.stream().noneMatch(home -> path.equals(home) || path.startsWith(home + '/'));
    }

    private void follow()
    {
        try
        {
            if (store == null)
            {
                store = StoreConnection.connect(socket);
            }
            if (isInStep)
            {
                isInStep = append();
            }
            if ((!isInStep || file.length() > Math.max(SMALL_LENGTH, GROWTH * wholeLength)) &&
                System.nanoTime() - wholeNs >= WHOLE_PAUSE_NS)
            {
                writeWhole();
            }
            if (isInStep)
            {
                say("");
            }
        }
        catch (final IOException ex)
        {
            say(reason(ex));                                     // the file is as it was: try again
        }
        catch (final XenstoreException | ToolFailure ex)
        {
            isInStep = false;
            say(ex.getMessage());
            disconnect();
        }
    }

    /** @return false when more has changed than the store remembers. */
    private boolean append() throws IOException
    {
        final List<String> lines = new ArrayList<>();
        final long last;
        try
        {
            last = new StoreHistory(store, STATUS).forEachSince(version, XenstorePath.ROOT, false, change ->
            {
                if (isKept(change.path()))
                {
                    lines.add(JournalFile.line(change.path(), change.after()));
                }
            });
        }
        catch (final ToolFailure ex)
        {
            return false;
        }
        if (!lines.isEmpty())
        {
            file.append(lines);
        }

        version = last;
        return true;
    }

    private void say(final String newTrouble)
    {
        if (!newTrouble.equals(trouble))
        {
            log.println("xenstore journal: " + (newTrouble.isEmpty() ? "goes on" : newTrouble));
            trouble = newTrouble;
        }
    }

    private void disconnect()
    {
        if (store != null)
        {
            store.close();
            store = null;
        }
    }

    /** Write down what changed last, and let go of the file. */
    @Override
    public void close()
    {
        thread.close();
        if (isInStep)
        {
            follow();
        }
        disconnect();
        try
        {
            file.close();
        }
        catch (final IOException ex)
        {
            say(reason(ex));
        }
    }
}
