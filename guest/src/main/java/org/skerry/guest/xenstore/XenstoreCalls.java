package org.skerry.guest.xenstore;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * The operations on nodes, inside one transaction or outside of any.
 */
final class XenstoreCalls implements XenstoreTransaction
{
    private final XsTransport transport;
    private final int transactionId;

    /**
     * @param transport     carries them.
     * @param transactionId 0 for none.
     */
    XenstoreCalls(final XsTransport transport, final int transactionId)
    {
        this.transport = transport;
        this.transactionId = transactionId;
    }

    @Override
    public String read(final String path)
    {
        final byte[] value = readBytes(path);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] readBytes(final String path)
    {
        return orNull(XsOp.READ, path);
    }

    @Override
    public void write(final String path, final String value)
    {
        write(path, value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void write(final String path, final byte[] value)
    {
        final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(strings(path));
        payload.writeBytes(value);
        transport.call(XsOp.WRITE, transactionId, payload.toByteArray());
    }

    @Override
    public void mkdir(final String path)
    {
        transport.call(XsOp.MKDIR, transactionId, strings(path));
    }

    @Override
    public void rm(final String path)
    {
        orNull(XsOp.RM, path);
    }

    @Override
    public List<String> directory(final String path)
    {
        try
        {
            final byte[] names = orNull(XsOp.DIRECTORY, path);
            return names == null ? List.of() : split(names);
        }
        catch (final XenstoreException e)
        {
            if (e.errno() == Errno.E2BIG)
            {
                return directoryInParts(path);
            }
            throw e;
        }
    }

    @Override
    public List<String> permissions(final String path)
    {
        return split(transport.call(XsOp.GET_PERMS, transactionId, strings(path)));
    }

    @Override
    public void setPermissions(final String path, final List<String> permissions)
    {
        final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(strings(path));
        permissions.forEach(permission -> payload.writeBytes(strings(permission)));
        transport.call(XsOp.SET_PERMS, transactionId, payload.toByteArray());
    }

    static byte[] strings(final String... strings)
    {
        return (String.join("\0", strings) + "\0").getBytes(StandardCharsets.UTF_8);
    }

    /** A long list comes in parts; when the node changes in between, from the start again. */
    private List<String> directoryInParts(final String path)
    {
        final ByteArrayOutputStream names = new ByteArrayOutputStream();
        String generation = null;
        while (true)
        {
            final byte[] part = transport.call(
                XsOp.DIRECTORY_PART, transactionId, strings(path, Integer.toString(names.size())));
            int start = 0;
            while (start < part.length && part[start] != 0)
            {
                start++;
            }
            final String partGeneration = new String(part, 0, start, StandardCharsets.US_ASCII);
            if (generation != null && !generation.equals(partGeneration))
            {
                names.reset();
                generation = null;
                continue;
            }
            generation = partGeneration;
            start++;

            final int length = part.length - start;
            final boolean isLast = length <= 0 || length == 1 && part[start] == 0 ||
                part[part.length - 1] == 0 && part[part.length - 2] == 0;
            if (length > 0)
            {
                names.write(part, start, isLast ? length - 1 : length);
            }
            if (isLast)
            {
                return split(names.toByteArray());
            }
        }
    }

    private byte[] orNull(final XsOp op, final String path)
    {
        try
        {
            return transport.call(op, transactionId, strings(path));
        }
        catch (final XenstoreException e)
        {
            if (e.errno() == Errno.ENOENT)
            {
                return null;
            }
            throw e;
        }
    }

    private static List<String> split(final byte[] names)
    {
        if (names.length == 0)
        {
            return List.of();
        }
        final String text = new String(names, StandardCharsets.UTF_8);

        return List.of((text.endsWith("\0") ? text.substring(0, text.length() - 1) : text).split("\0"));
    }
}
