package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;

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
            places[i - 1].children = places[i - 1].children.without(names[i - 1]);
        }
    }

    /** @return the watches on a path and on what is above it, as far as they reach, in the order of registration. */
    List<Watch> concernedBy(final String path)
    {
        List<Watch> found = List.of();
        Place place = top(path);
        int start = XenstorePath.isSpecial(path) ? 0 : 1;

        while (place != null)
        {
            for (final Watch watch : place.watches)
            {
                if (watch.reaches(elementCount(path, start)))
                {
                    found = found.isEmpty() ? new ArrayList<>() : found;
                    found.add(watch);
                }
            }

            final int end = XenstorePath.elementEnd(path, start);
            place = start < end && place.hasChildren() ? place.child(path.substring(start, end)) : null;
            start = end + 1;
        }

        if (found.size() > 1)
        {
            found.sort(BY_REGISTRATION);
        }

        return found;
    }

    private static int elementCount(final String path, final int from)
    {
        int count = 0;

        for (int start = from; start < path.length(); start = XenstorePath.elementEnd(path, start) + 1)
        {
            count++;
        }

        return count;
    }

    private Place top(final String path)
    {
        return XenstorePath.isSpecial(path) ? special : ordinary;
    }

    /** @return where the watches exactly on a path are, and below it those on paths below; null for none. */
    Place place(final String path)
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

    /** A path that is watched, or has watched ones below it. */
    static final class Place
    {
        private final List<Watch> watches = new ArrayList<>(1);
        private PersistentMap<String, Place> children = PersistentMap.empty();

        /** @return exactly on it. */
        List<Watch> watches()
        {
            return watches;
        }

        boolean hasChildren()
        {
            return !children.isEmpty();
        }

        /** @return those of this moment, whatever happens while they are visited. */
        Iterator<PersistentMap.Entry<String, Place>> children()
        {
            return children.iterator();
        }

        Place child(final String name)
        {
            return children.get(name);
        }

        Place childToBe(final String name)
        {
            final Place known = children.get(name);

            if (known != null)
            {
                return known;
            }

            final Place place = new Place();
            children = children.with(name, place);
            return place;
        }

        boolean isEmpty()
        {
            return watches.isEmpty() && children.isEmpty();
        }
    }
}
