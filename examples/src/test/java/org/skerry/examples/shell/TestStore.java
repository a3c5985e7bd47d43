package org.skerry.examples.shell;

import java.util.List;
import java.util.TreeMap;

import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The reading half of a store; what lies below {@code /secret} may not be read. */
final class TestStore implements XenstoreAccess
{
    private final TreeMap<String, byte[]> nodes = new TreeMap<>();

    @Override
    public String read(final String path)
    {
        final byte[] value = readBytes(path);
        return value == null ? null : new String(value, UTF_8);
    }

    @Override
    public byte[] readBytes(final String path)
    {
        if (path.startsWith("/secret"))
        {
            throw new XenstoreException(Errno.EACCES, path);
        }

        final byte[] value = nodes.get(path);
        return value != null ? value : directory(path).isEmpty() ? null : new byte[0];
    }

    @Override
    public void write(final String path, final String value)
    {
        write(path, value.getBytes(UTF_8));
    }

    @Override
    public void write(final String path, final byte[] value)
    {
        nodes.put(path, value);
    }

    @Override
    public void mkdir(final String path)
    {
        nodes.putIfAbsent(path, new byte[0]);
    }

    @Override
    public void rm(final String path)
    {
        nodes.remove(path);
    }

    @Override
    public List<String> directory(final String path)
    {
        final String prefix = path.isEmpty() ? "" : path.endsWith("/") ? path : path + "/";
        return nodes.keySet().stream()
            .filter(name -> name.startsWith(prefix) && (!prefix.isEmpty() || !name.startsWith("/")))
            .map(name -> name.substring(prefix.length()).split("/")[0]).distinct().toList();
    }

    @Override
    public List<String> permissions(final String path)
    {
        return List.of("n0");
    }

    @Override
    public void setPermissions(final String path, final List<String> permissions)
    {
        throw new XenstoreException(Errno.EACCES, path);
    }
}
