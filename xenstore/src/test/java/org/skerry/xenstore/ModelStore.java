package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.skerry.wire.xs.XenstorePath;

/**
 * The store once more, as simple as can be: a sorted map of paths, copied for each transaction. It answers as
 * {@link TestClient#ask} does. No quotas, no special paths.
 */
final class ModelStore
{
    private final Set<Integer> domains;
    private final Map<Integer, ModelTransaction> transactions = new HashMap<>();
    private final List<ModelWatch> watches = new ArrayList<>();
    private final List<ModelEvent> events = new ArrayList<>();
    private TreeMap<String, ModelNode> live = new TreeMap<>();
    private int nextHandle = 1;

    record ModelNode(String value, List<String> permissions)
    {
    }

    /** @param text as the watcher is told. */
    record ModelEvent(int watcher, String text)
    {
    }

    record Operation(String name, String path, String argument)
    {
    }

    private record ModelWatch(int watcher, int domid, String path, int depth, String token)
    {
    }

    private record Done(Operation operation, String reply)
    {
    }

    private static final class ModelTransaction
    {
        private final List<Done> log = new ArrayList<>();
        private final Set<String> touched = new LinkedHashSet<>();
        private TreeMap<String, ModelNode> nodes;
        private boolean hasWritten;
    }

    ModelStore(final Set<Integer> domains)
    {
        this.domains = domains;
        for (final String path : List.of("/", "/tool", "/tool/xenstored"))
        {
            live.put(path, new ModelNode("", List.of("n0")));
        }
    }

    /** @return events since the last call, for one watcher, in any order. */
    List<String> events(final int watcher)
    {
        final List<String> taken = events.stream().filter(event -> event.watcher == watcher)
            .map(ModelEvent::text).sorted().toList();
        events.removeIf(event -> event.watcher == watcher);
        return taken;
    }

    void watch(final int watcher, final int domid, final String path, final int depth, final String token)
    {
        watches.add(new ModelWatch(watcher, domid, path, depth, token));
    }

    int begin()
    {
        final ModelTransaction transaction = new ModelTransaction();
        transaction.nodes = new TreeMap<>(live);
        transactions.put(nextHandle, transaction);
        return nextHandle++;
    }

    String commit(final int handle, final int domid)
    {
        final ModelTransaction transaction = transactions.remove(handle);

        if (!transaction.hasWritten)
        {
            return "OK|";
        }

        final TreeMap<String, ModelNode> replayed = new TreeMap<>(live);
        final Set<String> changed = new TreeSet<>();

        for (final Done done : transaction.log)
        {
            final TreeMap<String, ModelNode> before = new TreeMap<>(replayed);

            if (!perform(replayed, domid, done.operation).equals(done.reply))
            {
                return "EAGAIN";
            }
            if (hasChanged(done.operation, done.reply, before))
            {
                changed.add(done.operation.path);
            }
        }

        final TreeMap<String, ModelNode> before = live;
        live = replayed;
        transaction.touched.retainAll(changed);
        publish(transaction.touched, before);
        return "OK|";
    }

    void abort(final int handle)
    {
        transactions.remove(handle);
    }

    /** @param handle of a transaction, 0 outside one. */
    String ask(final int handle, final int domid, final Operation operation)
    {
        if (handle == 0)
        {
            final TreeMap<String, ModelNode> before = new TreeMap<>(live);
            final String reply = perform(live, domid, operation);

            if (hasChanged(operation, reply, before))
            {
                publish(Set.of(operation.path), before);
            }

            return reply;
        }

        final ModelTransaction transaction = transactions.get(handle);
        final TreeMap<String, ModelNode> before = new TreeMap<>(transaction.nodes);
        final String reply = perform(transaction.nodes, domid, operation);
        transaction.log.add(new Done(operation, reply));
        transaction.touched.add(operation.path);
        transaction.hasWritten |= hasChanged(operation, reply, before);
        return reply;
    }

    private static boolean hasChanged(
        final Operation operation, final String reply, final Map<String, ModelNode> before)
    {
        return reply.equals("OK|") && switch (operation.name)
        {
            case "WRITE", "SET_PERMS" -> true;
            case "MKDIR" -> !before.containsKey(operation.path);
            case "RM" -> before.containsKey(operation.path);
            default -> false;
        };
    }

    private String perform(final TreeMap<String, ModelNode> nodes, final int domid, final Operation operation)
    {
        final String path = operation.path;
        final ModelNode node = nodes.get(path);
        final String refusal = refusal(nodes, domid, path, switch (operation.name)
        {
            case "READ", "DIRECTORY", "GET_PERMS" -> "r";
            case "SET_PERMS" -> "wo";
            default -> "w";
        });

        return switch (operation.name)
        {
            case "READ" -> refusal != null ? refusal : node.value;
            case "DIRECTORY" -> refusal != null ? refusal : children(nodes, path).stream()
                .map(child -> XenstorePath.leaf(child) + '|').collect(Collectors.joining());
            case "GET_PERMS" -> refusal != null ? refusal :
                node.permissions.stream().map(entry -> entry.replace("!", "") + '|').collect(Collectors.joining());
            case "WRITE" -> write(nodes, domid, path, operation.argument, refusal);
            case "MKDIR" -> node != null && refusal == null ? "OK|" : write(nodes, domid, path, "", refusal);
            case "RM" -> remove(nodes, path, refusal);
            case "SET_PERMS" -> setPermissions(nodes, domid, path, operation.argument, refusal);
            default -> throw new IllegalArgumentException(operation.name);
        };
    }

    private String write(
        final TreeMap<String, ModelNode> nodes,
        final int domid,
        final String path,
        final String value,
        final String refusal)
    {
        if (refusal == null)
        {
            nodes.put(path, new ModelNode(value, nodes.get(path).permissions));
            return "OK|";
        }
        if (!refusal.equals("ENOENT"))
        {
            return refusal;
        }

        final List<String> inherited = new ArrayList<>(nodes.get(ancestor(nodes, path)).permissions);
        if (domid != 0)
        {
            inherited.set(0, inherited.getFirst().charAt(0) + Integer.toString(domid));
        }
        for (String at = path; !nodes.containsKey(at); at = XenstorePath.parent(at))
        {
            nodes.put(at, new ModelNode(at.equals(path) ? value : "", inherited));
        }
        return "OK|";
    }

    private static String remove(final TreeMap<String, ModelNode> nodes, final String path, final String refusal)
    {
        if (refusal != null)
        {
            return refusal.equals("ENOENT") && nodes.containsKey(XenstorePath.parent(path)) ? "OK|" : refusal;
        }
        if (path.equals("/"))
        {
            return "EINVAL";
        }

        nodes.keySet().removeIf(other -> isAtOrBelow(other, path));
        return "OK|";
    }

    private String setPermissions(
        final TreeMap<String, ModelNode> nodes,
        final int domid,
        final String path,
        final String argument,
        final String refusal)
    {
        final List<String> entries = new ArrayList<>();
        for (final String entry : argument.split("\\|"))
        {
            entries.add(domains.contains(domidOf(entry)) ? entry : entry + '!');
        }

        if (entries.getFirst().endsWith("!"))
        {
            return "ENOENT";
        }
        if (refusal != null)
        {
            return refusal;
        }
        if (domid != 0 && domidOf(entries.getFirst()) != domidOf(nodes.get(path).permissions.getFirst()))
        {
            return "EPERM";
        }

        nodes.put(path, new ModelNode(nodes.get(path).value, entries));
        return "OK|";
    }

    private static int domidOf(final String entry)
    {
        return Integer.parseInt(entry.substring(1).replace("!", ""));
    }

    private static String refusal(
        final TreeMap<String, ModelNode> nodes, final int domid, final String path, final String needed)
    {
        if (nodes.containsKey(path))
        {
            final String rights = rights(nodes.get(path), domid);
            return needed.chars().allMatch(right -> rights.indexOf(right) >= 0) ? null : "EACCES";
        }

        final String rights = rights(nodes.get(ancestor(nodes, path)), domid);
        return needed.chars().anyMatch(right -> rights.indexOf(right) >= 0) ? "ENOENT" : "EACCES";
    }

    private static String rights(final ModelNode node, final int domid)
    {
        if (domid == 0 || domidOf(node.permissions.getFirst()) == domid)
        {
            return "rwo";
        }

        String letter = node.permissions.getFirst().substring(0, 1);
        for (final String entry : node.permissions.subList(1, node.permissions.size()).reversed())
        {
            letter = domidOf(entry) == domid && !entry.endsWith("!") ? entry.substring(0, 1) : letter;
        }
        return letter.replace("b", "rw");
    }

    private static String ancestor(final Map<String, ModelNode> nodes, final String path)
    {
        String at = path;
        do
        {
            at = XenstorePath.parent(at);
        }
        while (!nodes.containsKey(at));
        return at;
    }

    private static Collection<String> children(final TreeMap<String, ModelNode> nodes, final String path)
    {
        return nodes.keySet().stream()
            .filter(other -> !other.equals("/") && XenstorePath.parent(other).equals(path)).toList();
    }

    private static boolean isAtOrBelow(final String path, final String above)
    {
        return path.equals(above) || above.equals("/") || path.startsWith(above + '/');
    }

    private void publish(final Collection<String> changed, final TreeMap<String, ModelNode> before)
    {
        for (final String path : changed)
        {
            if (before.containsKey(path) || live.containsKey(path))
            {
                watches.stream().filter(watch -> isAtOrBelow(path, watch.path) && reaches(watch, path))
                    .forEach(watch -> tell(watch, path, before));
            }
            before.keySet().stream()
                .filter(gone -> !gone.equals(path) && isAtOrBelow(gone, path) && before.containsKey(path))
                .filter(gone -> !live.containsKey(gone) && !changed.contains(gone))
                .forEach(gone -> watches.stream().filter(watch -> watch.path.equals(gone))
                    .forEach(watch -> tell(watch, gone, before)));
        }
    }

    private static boolean reaches(final ModelWatch watch, final String path)
    {
        return watch.depth < 0 || levels(path) - levels(watch.path) <= watch.depth;
    }

    private static int levels(final String path)
    {
        return path.equals("/") ? 0 : path.split("/").length - 1;
    }

    private void tell(final ModelWatch watch, final String path, final TreeMap<String, ModelNode> before)
    {
        final Map<String, ModelNode> parents = live.containsKey(path) ? live : before;
        final List<ModelNode> evidence = new ArrayList<>();
        evidence.add(before.get(path));
        evidence.add(live.get(path));
        evidence.add(path.equals("/") ? null : parents.get(XenstorePath.parent(path)));

        if (evidence.stream().anyMatch(node -> node != null && rights(node, watch.domid).contains("r")))
        {
            final ModelEvent event = new ModelEvent(watch.watcher, path + '|' + watch.token + '|');
            if (!events.contains(event))
            {
                events.add(event);
            }
        }
    }
}
