package org.skerry.guest.xenbus;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.XenbusState;

/**
 * One device, seen from one of its halves: our directory, which we write, and the other end's, which we only read and
 * never believe. A directory that the toolstack has removed is not made again by writing to it.
 *
 * <p>A lost connection to xenstore is the only thing that throws ({@link XenstoreException}, EIO) when the other end's
 * nodes are read. One owner thread.
 */
public final class XenbusDevice
{
    private static final int MAX_ERROR_LENGTH = 256;
    private static final int MAX_ERRORS_LOGGED = 8;
    private static final String STATE = "/state";

    private final XenstoreClient store;
    private final String path;
    private final String otherEndPath;
    private final Domid otherEnd;
    private final int id;
    private final Consumer<String> errorLog;
    private XenbusState state;
    private int errorCount;

    XenbusDevice(
        final XenstoreClient store, final String path, final String otherEndPath, final Domid otherEnd, final int id,
        final XenbusState state, final Consumer<String> errorLog)
    {
        this.store = Objects.requireNonNull(store);
        this.path = Objects.requireNonNull(path);
        this.otherEndPath = Objects.requireNonNull(otherEndPath);
        this.otherEnd = Objects.requireNonNull(otherEnd);
        this.id = id;
        this.state = state;
        this.errorLog = errorLog;
    }

    /** @return our directory, relative to our home: {@code backend/vbd/1/51712} or {@code device/vbd/51712}. */
    public String path()
    {
        return path;
    }

    /** @return the other end's directory, from the root. */
    public String otherEndPath()
    {
        return otherEndPath;
    }

    /** @return the domain of the other end. */
    public Domid otherEnd()
    {
        return otherEnd;
    }

    /** @return the device's number in the frontend: vdev of a disk, index of a vif; 0 to 2^31-1. */
    public int id()
    {
        return id;
    }

    /** @return the state of our half, as we or the toolstack last set it. */
    public XenbusState state()
    {
        return state;
    }

    /** @return the other end's state now; UNKNOWN when there is none. */
    public XenbusState otherEndState()
    {
        return XenbusState.parse(readOther("state"));
    }

    /**
     * @param key below our directory.
     * @return its value, or null.
     */
    public String read(final String key)
    {
        return readOrNull(store, path + "/" + key);
    }

    /**
     * @param key of a decimal number below our directory.
     * @param max largest number that makes sense, 0 or more.
     * @return 0 to max, or -1 when it is not there, no number, or larger.
     */
    public long readNumber(final String key, final long max)
    {
        return parseNumber(read(key), max);
    }

    /**
     * @param key below the other end's directory.
     * @return its value, or null when it is not there or we may not read it. Any text is possible.
     */
    public String readOther(final String key)
    {
        return readOrNull(store, otherEndPath + "/" + key);
    }

    /**
     * @param key of a decimal number below the other end's directory.
     * @param max largest number that makes sense, 0 or more.
     * @return 0 to max, or -1 when it is not there, no number, or larger.
     */
    public long readOtherNumber(final String key, final long max)
    {
        return parseNumber(readOther(key), max);
    }

    /**
     * Write a node of ours, unless our directory has been removed.
     *
     * @param key   below our directory.
     * @param value of any text.
     * @return false when the directory is gone.
     */
    public boolean write(final String key, final String value)
    {
        return writeAll(Map.of(key, value));
    }

    /**
     * Write nodes of ours, all at once, unless our directory has been removed.
     *
     * @param values by key below our directory.
     * @return false when the directory is gone.
     */
    public boolean writeAll(final Map<String, String> values)
    {
        return store.inTransaction(
            transaction ->
            {
                if (!transaction.exists(path + STATE))
                {
                    return false;
                }
                new TreeMap<>(values).forEach((key, value) -> transaction.write(path + "/" + key, value));
                return true;
            });
    }

    /**
     * Remove a node of ours.
     *
     * @param key below our directory.
     */
    public void remove(final String key)
    {
        store.rm(path + "/" + key);
    }

    /**
     * Say that our half is in another state. When the toolstack has said Closing in our place, only Closing and Closed
     * get through.
     *
     * @param newState of our half.
     * @return false when the directory is gone, or when the toolstack wants the device to close.
     */
    public boolean switchState(final XenbusState newState)
    {
        final XenbusState stored = store.inTransaction(
            transaction ->
            {
                final String text = transaction.read(path + STATE);
                final XenbusState current = text == null ? null : XenbusState.parse(text);
                final boolean closedByOthers = current == XenbusState.CLOSING && state != XenbusState.CLOSING &&
                    newState != XenbusState.CLOSED;
                if (current == null || current == newState || closedByOthers)
                {
                    return current;
                }
                transaction.write(path + STATE, Integer.toString(newState.code()));
                return newState;
            });
        if (stored != null)
        {
            state = stored;
        }
        return stored == newState;
    }

    /**
     * Give the device up: say why in {@code error/<path>/error} below our home and in the log, then go to Closing. The
     * log hears only the first failures of a device: a frontend that fails for ever does not fill the disk.
     *
     * @param why in one line; what the peer did wrong, with its facts.
     */
    public void fail(final String why)
    {
        final String line = why.length() <= MAX_ERROR_LENGTH ? why : why.substring(0, MAX_ERROR_LENGTH);
        if (++errorCount <= MAX_ERRORS_LOGGED)
        {
            errorLog.accept(path + ": " + line);
        }
        try
        {
            store.write("error/" + path + "/error", line);
            switchState(XenbusState.CLOSING);
        }
        catch (final XenstoreException exception)
        {
            rethrowLoss(exception);
            if (errorCount <= MAX_ERRORS_LOGGED)
            {
                errorLog.accept(path + ": the failure could not be published: " + exception.getMessage());
            }
        }
    }

    /** Forget a failure that {@link #fail} has published. */
    void clearError()
    {
        try
        {
            store.rm("error/" + path);
        }
        catch (final XenstoreException exception)
        {
            rethrowLoss(exception);
        }
    }

    void onOwnState(final XenbusState stored)
    {
        state = stored;
    }

    static String readOrNull(final XenstoreAccess store, final String path)
    {
        try
        {
            return store.read(path);
        }
        catch (final XenstoreException exception)
        {
            rethrowLoss(exception);
            return null;
        }
    }

    static void rethrowLoss(final XenstoreException exception)
    {
        if (exception.errno() == Errno.EIO)
        {
            throw exception;
        }
    }

    /**
     * Read a decimal number that somebody else wrote: digits only, no sign, no spaces.
     *
     * @param text or null.
     * @param max  largest number that makes sense.
     * @return 0 to max, or -1.
     */
    static long parseNumber(final String text, final long max)
    {
        if (text == null || text.isEmpty() || text.length() > 18)
        {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++)
        {
            final char c = text.charAt(i);
            if (c < '0' || c > '9')
            {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number <= max ? number : -1;
    }

    @Override
    public String toString()
    {
        return path;
    }
}
