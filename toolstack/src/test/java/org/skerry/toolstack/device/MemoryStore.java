package org.skerry.toolstack.device;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreTransaction;
import org.skerry.guest.xenstore.XenstoreWatch;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;

/** The nodes of a xenstore in a map, for one caller. A body that throws leaves them as they were. */
public final class MemoryStore implements XenstoreClient, XenstoreTransaction
{
    private record Node(byte[] value, List<String> permissions)
    {
    }

    private TreeMap<String, Node> nodes = new TreeMap<>();

    @Override
    public String read(final String path)
    {
        final byte[] bytes = readBytes(path);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public byte[] readBytes(final String path)
    {
        final Node node = nodes.get(path);
        return node == null ? null : node.value();
    }

    @Override
    public void write(final String path, final String value)
    {
        write(path, value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void write(final String path, final byte[] value)
    {
        final Node node = nodes.get(path);
        if (node == null)
        {
            mkdir(path);
        }
        nodes.put(path, new Node(value, nodes.get(path).permissions()));
    }

    @Override
    public void mkdir(final String path)
    {
        if (!nodes.containsKey(path))
        {
            final int slash = path.lastIndexOf('/');
            List<String> permissions = List.of("n0");
            if (slash > 0)
            {
                mkdir(path.substring(0, slash));
                permissions = nodes.get(path.substring(0, slash)).permissions();
            }
            nodes.put(path, new Node(new byte[0], permissions));
        }
    }

    @Override
    public void rm(final String path)
    {
        nodes.remove(path);
        below(path).clear();
    }

    @Override
    public List<String> directory(final String path)
    {
        final List<String> names = new ArrayList<>();
        for (final String each : below(path).keySet())
        {
            final String name = each.substring(path.length() + 1);
            if (name.indexOf('/') < 0)
            {
                names.add(name);
            }
        }

        return names;
    }

    @Override
    public List<String> permissions(final String path)
    {
        return nodes.get(path).permissions();
    }

    @Override
    public void setPermissions(final String path, final List<String> permissions)
    {
        nodes.put(path, new Node(nodes.get(path).value(), permissions));
    }

    @Override
    public <T> T inTransaction(final Function<XenstoreTransaction, T> body)
    {
        final TreeMap<String, Node> before = new TreeMap<>(nodes);
        try
        {
            return body.apply(this);
        }
        catch (final RuntimeException ex)
        {
            nodes = before;
            throw ex;
        }
    }

    @Override
    public XenstoreWatch watch(final String path, final Consumer<String> onEvent)
    {
        throw new IllegalStateException("nothing changes behind the only caller's back");
    }

    @Override
    public void introduce(final Domid domid, final int gfn, final EventChannelPort port)
    {
        mkdir("/local/domain/" + domid);
    }

    @Override
    public void release(final Domid domid)
    {
        rm("/local/domain/" + domid);
    }

    @Override
    public boolean isIntroduced(final Domid domid)
    {
        return nodes.containsKey("/local/domain/" + domid);
    }

    @Override
    public void setTarget(final Domid domid, final Domid target)
    {
        throw new IllegalStateException("no device model here");
    }

    @Override
    public void setQuota(final Domid domid, final String name, final int value)
    {
        throw new IllegalStateException("no limits here");
    }

    @Override
    public boolean isOpen()
    {
        return true;
    }

    @Override
    public void close()
    {
        nodes.clear();
    }

    /** @return all paths, in order. */
    public List<String> paths()
    {
        return List.copyOf(nodes.keySet());
    }

    private SortedMap<String, Node> below(final String path)
    {
        return nodes.subMap(path + "/", path + "0");
    }
}
