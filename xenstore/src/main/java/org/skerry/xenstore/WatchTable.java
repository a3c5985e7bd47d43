package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.skerry.wire.xs.XenstorePath;

/**
 * All watches, by the elements of their paths: finding those that a change concerns costs the length of its path and
 * their number, whatever else is watched and however many are connected.
 */
final class WatchTable
{
    private static final Comparator<Watch> BY_REGISTRATION = Comparator.comparingLong(Watch::sequence);

    private final Place ordinary = new Place();
    private final Place special = new Place();
    private int size;

    /**
     * A node that went away with one above it.
     *
     * @param path   where it was.
     * @param node   what it was.
     * @param parent what was above it.
     * @param watches exactly on it.
     */
    record Vanished(String path, Node node, Node parent, List<Watch> watches)
    {
    }

    int size()
    {
        return size;
    }

    void add(final Watch watch)
    {
        Place place = top(watch.path());

        for (final String name : names(watch.path()))
        {
            place = place.childToBe(name);
        }

        place.watches.add(watch);
        size++;
    }

    void remove(final Watch watch)
    {
        final String[] names = names(watch.path());
        final Place[] places = new Place[names.length + 1];
        places[0] = top(watch.path());

        for (int i = 0; i < names.length; i++)
        {
            places[i + 1] = places[i].child(names[i]);
        }

        places[names.length].watches.remove(watch);
        size--;

        for (int i = names.length; i > 0 && places[i].isEmpty(); i--)
        {
            places[i - 1].children.remove(names[i - 1]);
        }
    }

    /** @return the watches on a path and on what is above it, as far as they reach, in the order of registration. */
    List<Watch> concernedBy(final String path)
    {
        final String[] names = names(path);
        List<Watch> found = List.of();
        Place place = top(path);

        for (int level = 0; place != null; level++)
        {
            for (final Watch watch : place.watches)
            {
                if (watch.reaches(names.length - level))
                {
                    found = found.isEmpty() ? new ArrayList<>() : found;
                    found.add(watch);
                }
            }

            place = level < names.length ? place.child(names[level]) : null;
        }

        if (found.size() > 1)
        {
            found.sort(BY_REGISTRATION);
        }

        return found;
    }

    /** @return the watches exactly on a path. */
    List<Watch> exactlyOn(final String path)
    {
        final Place place = place(path);
        return place == null ? List.of() : place.watches;
    }

    /**
     * The watched nodes below one that is removed.
     *
     * @param path    of the removed node.
     * @param removed what it was.
     * @return those that existed, children before their parents, without the removed node itself.
     */
    List<Vanished> vanishedBelow(final String path, final Node removed)
    {
        final Place top = place(path);

        if (top == null || top.children.isEmpty())
        {
            return List.of();
        }

        final List<Vanished> found = new ArrayList<>();
        final ArrayDeque<Visit> visits = new ArrayDeque<>();
        visits.push(new Visit(top, path, removed));

        while (!visits.isEmpty())
        {
            final Visit visit = visits.pop();
            visit.place.children.forEach((name, place) ->
            {
                final Node node = visit.node.child(name);

                if (node != null)
                {
                    final String at = XenstorePath.child(visit.path, name);
                    visits.push(new Visit(place, at, node));

                    if (!place.watches.isEmpty())
                    {
                        found.add(new Vanished(at, node, visit.node, List.copyOf(place.watches)));
                    }
                }
            });
        }

        return found.reversed();
    }

    private Place top(final String path)
    {
        return XenstorePath.isSpecial(path) ? special : ordinary;
    }

    private Place place(final String path)
    {
        Place place = top(path);
        final String[] names = names(path);

        for (int i = 0; i < names.length && place != null; i++)
        {
            place = place.child(names[i]);
        }

        return place;
    }

    private static String[] names(final String path)
    {
        if (path.equals(XenstorePath.ROOT))
        {
            return new String[0];
        }

        return (XenstorePath.isSpecial(path) ? path : path.substring(1)).split("/");
    }

    private record Visit(Place place, String path, Node node)
    {
    }

    private static final class Place
    {
        private final List<Watch> watches = new ArrayList<>(1);
        private Map<String, Place> children = Map.of();

        Place child(final String name)
        {
            return children.get(name);
        }

        Place childToBe(final String name)
        {
            if (children.isEmpty())
            {
                children = new LinkedHashMap<>();
            }

            return children.computeIfAbsent(name, absent -> new Place());
        }

        boolean isEmpty()
        {
            return watches.isEmpty() && children.isEmpty();
        }
    }
}
