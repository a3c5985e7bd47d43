package org.skerry.guest.xenstore;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;

/**
 * A xenstore in one thread, for tests of whatever talks to it: nodes, watches and transactions as the real one has
 * them, without rights (but {@link #deny}). Events wait until {@link #dispatch()}.
 */
public final class MemoryXenstore
{
    private static final int DISPATCH_LIMIT = 10_000;

    private final TreeMap<String, byte[]> nodes = new TreeMap<>();
    private final Map<String, List<String>> permissions = new HashMap<>();
    private final Set<String> denied = new HashSet<>();
    private final List<Watch> watches = new ArrayList<>();
    private final Queue<Runnable> events = new ArrayDeque<>();
    private boolean isLost;

    public MemoryXenstore()
    {
        nodes.put("/", new byte[0]);
    }

    /** @return a connection whose relative paths begin in that domain's home. */
    public XenstoreClient client(final Domid domid)
    {
        return new Client("/local/domain/" + domid + "/");
    }

    /** @return the number of events delivered until no more came. */
    public int dispatch()
    {
        int count = 0;
        Runnable event;
        while ((event = events.poll()) != null)
        {
            event.run();
            if (++count > DISPATCH_LIMIT)
            {
                throw new AssertionError("events never end");
            }
        }
        return count;
    }

    /** Let every read of this node or below it answer EACCES. */
    public void deny(final String path)
    {
        denied.add(path);
    }

    /** Let every call answer EIO from now on. */
    public void lose()
    {
        isLost = true;
    }

    /** @return every node with a value, for failure messages. */
    @Override
    public String toString()
    {
        final StringBuilder text = new StringBuilder();
        nodes.forEach((path, value) -> text.append(path).append(" = ").append(new String(value, UTF_8)).append('\n'));
        return text.toString();
    }

    private void fire(final String changed)
    {
        for (final Watch watch : List.copyOf(watches))
        {
            if (changed.equals(watch.absolute) || changed.startsWith(watch.absolute + "/"))
            {
                watch.enqueue(watch.given + changed.substring(watch.absolute.length()));
            }
        }
    }

    private void put(final String path, final byte[] value)
    {
        for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1))
        {
            nodes.putIfAbsent(path.substring(0, slash), new byte[0]);
        }
        nodes.put(path, value);
        fire(path);
    }

    private void removeTree(final String path)
    {
        if (nodes.remove(path) == null)
        {
            return;
        }
        nodes.subMap(path + "/", path + "0").clear();
        fire(path);
        for (final Watch watch : List.copyOf(watches))
        {
            if (watch.absolute.startsWith(path + "/"))
            {
                watch.enqueue(watch.given);
            }
        }
    }

    private final class Watch implements XenstoreWatch
    {
        private final String absolute;
        private final String given;
        private final Consumer<String> onEvent;

        private Watch(final String absolute, final String given, final Consumer<String> onEvent)
        {
            this.absolute = absolute;
            this.given = given;
            this.onEvent = onEvent;
        }

        private void enqueue(final String path)
        {
            events.add(
                () ->
                {
                    if (watches.contains(this))
                    {
                        onEvent.accept(path);
                    }
                });
        }

        @Override
        public String path()
        {
            return given;
        }

        @Override
        public void close()
        {
            watches.remove(this);
        }
    }

    private final class Client implements XenstoreClient, XenstoreTransaction
    {
        private final List<Watch> ownWatches = new ArrayList<>();
        private final String home;

        private Client(final String home)
        {
            this.home = home;
        }

        private String absolute(final String path)
        {
            if (isLost)
            {
                throw new XenstoreException(Errno.EIO, path);
            }
            return path.startsWith("/") || path.startsWith("@") ? path : home + path;
        }

        @Override
        public String read(final String path)
        {
            final byte[] value = readBytes(path);
            return value == null ? null : new String(value, UTF_8);
        }

        @Override
        public byte[] readBytes(final String path)
        {
            final String absolute = absolute(path);
            if (denied.stream().anyMatch(prefix -> absolute.equals(prefix) || absolute.startsWith(prefix + "/")))
            {
                throw new XenstoreException(Errno.EACCES, "read " + path);
            }
            return nodes.get(absolute);
        }

        @Override
        public void write(final String path, final String value)
        {
            put(absolute(path), value.getBytes(UTF_8));
        }

        @Override
        public void write(final String path, final byte[] value)
        {
            put(absolute(path), value.clone());
        }

        @Override
        public void mkdir(final String path)
        {
            if (!nodes.containsKey(absolute(path)))
            {
                put(absolute(path), new byte[0]);
            }
        }

        @Override
        public void rm(final String path)
        {
            removeTree(absolute(path));
        }

        @Override
        public List<String> directory(final String path)
        {
            final String prefix = absolute(path) + "/";
            return nodes.tailMap(prefix).keySet().stream()
                .takeWhile(node -> node.startsWith(prefix))
                .map(node -> node.substring(prefix.length()))
                .filter(name -> name.indexOf('/') < 0)
                .toList();
        }

        @Override
        public List<String> permissions(final String path)
        {
            return permissions.getOrDefault(absolute(path), List.of("n0"));
        }

        @Override
        public void setPermissions(final String path, final List<String> perms)
        {
            permissions.put(absolute(path), List.copyOf(perms));
        }

        @Override
        public <T> T inTransaction(final Function<XenstoreTransaction, T> body)
        {
            absolute("");
            final TreeMap<String, byte[]> saved = new TreeMap<>(nodes);
            boolean done = false;
            try
            {
                final T result = body.apply(this);
                done = true;
                return result;
            }
            finally
            {
                if (!done)
                {
                    nodes.clear();
                    nodes.putAll(saved);
                }
            }
        }

        @Override
        public XenstoreWatch watch(final String path, final Consumer<String> onEvent)
        {
            final Watch watch = new Watch(absolute(path), path, onEvent);
            watches.add(watch);
            ownWatches.add(watch);
            watch.enqueue(path);
            return watch;
        }

        @Override
        public void introduce(final Domid domid, final int gfn, final EventChannelPort port)
        {
            fire(INTRODUCE_DOMAIN);
        }

        @Override
        public void release(final Domid domid)
        {
            fire(RELEASE_DOMAIN);
        }

        @Override
        public boolean isIntroduced(final Domid domid)
        {
            return nodes.containsKey("/local/domain/" + domid);
        }

        @Override
        public void setTarget(final Domid domid, final Domid target)
        {
            absolute("");
        }

        @Override
        public void setQuota(final Domid domid, final String name, final int value)
        {
            absolute("");
        }

        @Override
        public boolean isOpen()
        {
            return !isLost;
        }

        @Override
        public void close()
        {
            watches.removeAll(ownWatches);
        }
    }
}
