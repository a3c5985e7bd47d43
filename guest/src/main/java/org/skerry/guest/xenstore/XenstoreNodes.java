package org.skerry.guest.xenstore;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/** Nodes as one transaction, or everybody outside of any, sees them. */
final class XenstoreNodes implements XenstoreTransaction
{
    private final XenstoreSession session;
    private final int txId;

    /** @param txId 0: outside of any transaction. */
    XenstoreNodes(final XenstoreSession session, final int txId)
    {
        this.session = session;
        this.txId = txId;
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
        final XenstoreMessage reply = callUnlessMissing(XsOp.READ, path, XenstoreSession.payload(path));
        return reply == null ? null : reply.payload();
    }

    @Override
    public void write(final String path, final String value)
    {
        write(path, value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void write(final String path, final byte[] value)
    {
        call(XsOp.WRITE, path, XenstoreSession.joined(XenstoreSession.payload(path), value));
    }

    @Override
    public void mkdir(final String path)
    {
        call(XsOp.MKDIR, path, XenstoreSession.payload(path));
    }

    @Override
    public void rm(final String path)
    {
        callUnlessMissing(XsOp.RM, path, XenstoreSession.payload(path));
    }

    @Override
    public List<String> directory(final String path)
    {
        try
        {
            final XenstoreMessage reply = callUnlessMissing(XsOp.DIRECTORY, path, XenstoreSession.payload(path));
            return reply == null ? List.of() : reply.strings();
        }
        catch (final XenstoreException e)
        {
            if (e.errno() != Errno.E2BIG)
            {
                throw e;
            }

            return directoryInParts(path);
        }
    }

    /** A list that fits no message comes in parts; when it changes in between it is read from the start. */
    private List<String> directoryInParts(final String path)
    {
        final ByteArrayOutputStream names = new ByteArrayOutputStream();
        String generation = "";

        while (true)
        {
            final XenstoreMessage reply = callUnlessMissing(XsOp.DIRECTORY_PART, path,
                XenstoreSession.payload(path, Integer.toString(names.size())));

            if (reply == null)
            {
                return List.of();
            }

            final String partGeneration = reply.strings().getFirst();

            if (names.size() > 0 && !partGeneration.equals(generation))
            {
                names.reset();
                continue;
            }

            generation = partGeneration;
            final byte[] part = Arrays.copyOfRange(
                reply.payload(), partGeneration.length() + 1, reply.payload().length);
            final boolean isLast = part.length < 2 || part[part.length - 2] == 0;
            names.write(part, 0, isLast ? part.length - 1 : part.length);

            if (isLast)
            {
                return XenstoreMessage.strings(names.toByteArray());
            }
        }
    }

    @Override
    public List<String> permissions(final String path)
    {
        return call(XsOp.GET_PERMS, path, XenstoreSession.payload(path)).strings();
    }

    @Override
    public void setPermissions(final String path, final List<String> permissions)
    {
        call(XsOp.SET_PERMS, path, XenstoreSession.joined(
            XenstoreSession.payload(path), XenstoreSession.payload(permissions.toArray(String[]::new))));
    }

    private XenstoreMessage call(final XsOp op, final String path, final byte[] payload)
    {
        return session.call(op, txId, path, payload);
    }

    private XenstoreMessage callUnlessMissing(final XsOp op, final String path, final byte[] payload)
    {
        try
        {
            return call(op, path, payload);
        }
        catch (final XenstoreException e)
        {
            if (e.errno() != Errno.ENOENT)
            {
                throw e;
            }

            return null;
        }
    }
}
