package org.skerry.xenstore;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/**
 * A sorted map that never changes: what looks like a change is a new map that shares all but O(log n) of the old one.
 * A weight-balanced tree, so that a directory of 10,000 children costs no more to change than its path to the root.
 * Keys that others choose cannot unbalance it.
 *
 * @param <K> key.
 * @param <V> value, not null.
 */
final class PersistentMap<K extends Comparable<? super K>, V>
{
    /** A side may weigh this many times the other. */
    private static final int DELTA = 3;

    /** An inner grandchild may weigh this many times the outer one before it takes a double rotation. */
    private static final int RATIO = 2;

    private static final PersistentMap<?, ?> EMPTY = new PersistentMap<String, Object>(null);

    private final Branch<K, V> root;

    /** A key and its value. */
    interface Entry<K, V>
    {
        K key();

        V value();
    }

    private PersistentMap(final Branch<K, V> root)
    {
        this.root = root;
    }

    @SuppressWarnings("unchecked")
    static <K extends Comparable<? super K>, V> PersistentMap<K, V> empty()
    {
        return (PersistentMap<K, V>)EMPTY;
    }

    /**
     * @param keys   in order.
     * @param values of them.
     * @param first  index of the first that belong to the map.
     * @return all from the first to the last.
     */
    static <K extends Comparable<? super K>, V> PersistentMap<K, V> ofSorted(
        final List<K> keys, final List<V> values, final int first)
    {
        return first == keys.size() ? empty() : new PersistentMap<>(sorted(keys, values, first, keys.size()));
    }

    private static <K, V> Branch<K, V> sorted(
        final List<K> keys, final List<V> values, final int first, final int end)
    {
        if (first == end)
        {
            return null;
        }

        final int middle = first + end >>> 1;
        return new Branch<>(keys.get(middle), values.get(middle),
            sorted(keys, values, first, middle), sorted(keys, values, middle + 1, end));
    }

    int size()
    {
        return root == null ? 0 : root.size;
    }

    boolean isEmpty()
    {
        return root == null;
    }

    /** @return the value, or null. */
    V get(final K key)
    {
        return find(root, key::compareTo);
    }

    /**
     * @param order of what is sought and a key: below, at or above 0, as {@code compareTo} has it.
     * @return the value, or null.
     */
    V find(final ToIntFunction<? super K> order)
    {
        return find(root, order);
    }

    private static <K, V> V find(final Branch<K, V> root, final ToIntFunction<? super K> order)
    {
        Branch<K, V> branch = root;

        while (branch != null)
        {
            final int ofKey = order.applyAsInt(branch.key);

            if (ofKey == 0)
            {
                return branch.value;
            }

            branch = ofKey < 0 ? branch.left : branch.right;
        }

        return null;
    }

    /** @return the least key above another one, above all for null; null for none. */
    K higherKey(final K key)
    {
        Branch<K, V> branch = root;
        K found = null;

        while (branch != null)
        {
            final boolean isAbove = key == null || branch.key.compareTo(key) > 0;
            found = isAbove ? branch.key : found;
            branch = isAbove ? branch.left : branch.right;
        }

        return found;
    }

    /** @return the map with the key bound to the value. */
    PersistentMap<K, V> with(final K key, final V value)
    {
        return new PersistentMap<>(put(root, key, value));
    }

    /** @return the map without the key; the same map when it was not there. */
    PersistentMap<K, V> without(final K key)
    {
        if (get(key) == null)
        {
            return this;
        }

        final Branch<K, V> rest = remove(root, key);
        return rest == null ? empty() : new PersistentMap<>(rest);
    }

    /** Visit all in the order of keys. */
    void forEach(final BiConsumer<? super K, ? super V> visitor)
    {
        visit(root, visitor);
    }

    /** @return all in the order of keys, with nothing done beforehand for those that are not asked for. */
    Iterator<Entry<K, V>> iterator()
    {
        return new InOrder<>(root);
    }

    private static final class InOrder<K, V> implements Iterator<Entry<K, V>>
    {
        private final ArrayDeque<Branch<K, V>> upwards = new ArrayDeque<>();

        InOrder(final Branch<K, V> root)
        {
            descend(root);
        }

        private void descend(final Branch<K, V> from)
        {
            for (Branch<K, V> branch = from; branch != null; branch = branch.left)
            {
                upwards.push(branch);
            }
        }

        @Override
        public boolean hasNext()
        {
            return !upwards.isEmpty();
        }

        @Override
        public Entry<K, V> next()
        {
            final Branch<K, V> branch = upwards.pop();
            descend(branch.right);
            return branch;
        }
    }

    /** @return what all values together are, when they have an extent; null for none. */
    Extent extent()
    {
        return root;
    }

    /**
     * Visit, in the order of keys, values that have an extent and may name a domain.
     *
     * @param bits of the domain; others are passed over without a look at them.
     */
    void forEachNaming(final long bits, final BiConsumer<? super K, ? super V> visitor)
    {
        visitNaming(root, bits, visitor);
    }

    private static <K, V> void visitNaming(
        final Branch<K, V> branch, final long bits, final BiConsumer<? super K, ? super V> visitor)
    {
        if (branch != null && (branch.domains & bits) == bits)
        {
            visitNaming(branch.left, bits, visitor);

            if ((((Extent)branch.value).domains() & bits) == bits)
            {
                visitor.accept(branch.key, branch.value);
            }

            visitNaming(branch.right, bits, visitor);
        }
    }

    /** Is told of a key whose values are not the same object; one of them may be null. */
    @FunctionalInterface
    interface DifferenceVisitor<K, V>
    {
        void onDifference(K key, V ours, V theirs);
    }

    /** Visit, in the order of keys, what differs. What both maps share is not looked at. */
    void forEachDifference(final PersistentMap<K, V> other, final DifferenceVisitor<? super K, ? super V> visitor)
    {
        compare(root, other.root, visitor);
    }

    private static <K extends Comparable<? super K>, V> void compare(
        final Branch<K, V> ours, final Branch<K, V> theirs, final DifferenceVisitor<? super K, ? super V> visitor)
    {
        if (ours == theirs)
        {
            return;
        }
        if (ours == null)
        {
            visit(theirs, (key, value) -> visitor.onDifference(key, null, value));
            return;
        }

        compare(ours.left, below(theirs, ours.key), visitor);
        final V value = find(theirs, ours.key::compareTo);

        if (value != ours.value)
        {
            visitor.onDifference(ours.key, ours.value, value);
        }

        compare(ours.right, above(theirs, ours.key), visitor);
    }

    /** The part with lesser keys; not balanced, only to be walked over. */
    private static <K extends Comparable<? super K>, V> Branch<K, V> below(final Branch<K, V> branch, final K key)
    {
        if (branch == null)
        {
            return null;
        }

        final int order = branch.key.compareTo(key);

        if (order >= 0)
        {
            return order == 0 ? branch.left : below(branch.left, key);
        }

        final Branch<K, V> right = below(branch.right, key);
        return right == branch.right ? branch : branch(branch, branch.left, right);
    }

    /** The part with greater keys. */
    private static <K extends Comparable<? super K>, V> Branch<K, V> above(final Branch<K, V> branch, final K key)
    {
        if (branch == null)
        {
            return null;
        }

        final int order = branch.key.compareTo(key);

        if (order <= 0)
        {
            return order == 0 ? branch.right : above(branch.right, key);
        }

        final Branch<K, V> left = above(branch.left, key);
        return left == branch.left ? branch : branch(branch, left, branch.right);
    }

    private static <K, V> void visit(final Branch<K, V> branch, final BiConsumer<? super K, ? super V> visitor)
    {
        if (branch != null)
        {
            visit(branch.left, visitor);
            visitor.accept(branch.key, branch.value);
            visit(branch.right, visitor);
        }
    }

    private static <K extends Comparable<? super K>, V> Branch<K, V> put(
        final Branch<K, V> branch, final K key, final V value)
    {
        if (branch == null)
        {
            return new Branch<>(key, value, null, null);
        }

        final int order = key.compareTo(branch.key);

        if (order == 0)
        {
            return new Branch<>(branch.key, value, branch.left, branch.right);
        }

        return order < 0 ?
            balanced(branch, put(branch.left, key, value), branch.right) :
            balanced(branch, branch.left, put(branch.right, key, value));
    }

    private static <K extends Comparable<? super K>, V> Branch<K, V> remove(final Branch<K, V> branch, final K key)
    {
        final int order = key.compareTo(branch.key);

        if (order < 0)
        {
            return balanced(branch, remove(branch.left, key), branch.right);
        }

        if (order > 0)
        {
            return balanced(branch, branch.left, remove(branch.right, key));
        }

        if (branch.left == null || branch.right == null)
        {
            return branch.left == null ? branch.right : branch.left;
        }

        final Branch<K, V> next = first(branch.right);
        return balanced(next, branch.left, withoutFirst(branch.right));
    }

    private static <K, V> Branch<K, V> first(final Branch<K, V> branch)
    {
        Branch<K, V> first = branch;

        while (first.left != null)
        {
            first = first.left;
        }

        return first;
    }

    private static <K, V> Branch<K, V> withoutFirst(final Branch<K, V> branch)
    {
        return branch.left == null ? branch.right : balanced(branch, withoutFirst(branch.left), branch.right);
    }

    private static <K, V> Branch<K, V> balanced(
        final Branch<K, V> middle, final Branch<K, V> left, final Branch<K, V> right)
    {
        if (weight(right) > DELTA * weight(left))
        {
            return weight(right.left) < RATIO * weight(right.right) ?
                new Branch<>(right.key, right.value, branch(middle, left, right.left), right.right) :
                new Branch<>(right.left.key, right.left.value,
                    branch(middle, left, right.left.left), branch(right, right.left.right, right.right));
        }

        if (weight(left) > DELTA * weight(right))
        {
            return weight(left.right) < RATIO * weight(left.left) ?
                new Branch<>(left.key, left.value, left.left, branch(middle, left.right, right)) :
                new Branch<>(left.right.key, left.right.value,
                    branch(left, left.left, left.right.left), branch(middle, left.right.right, right));
        }

        return branch(middle, left, right);
    }

    private static <K, V> Branch<K, V> branch(
        final Branch<K, V> entry, final Branch<K, V> left, final Branch<K, V> right)
    {
        return new Branch<>(entry.key, entry.value, left, right);
    }

    private static int weight(final Branch<?, ?> branch)
    {
        return branch == null ? 1 : branch.size + 1;
    }

    private static final class Branch<K, V> implements Entry<K, V>, Extent
    {
        private final K key;
        private final V value;
        private final Branch<K, V> left;
        private final Branch<K, V> right;
        private final int size;
        private int nodeCount;
        private long accountedTotal;
        private int soleOwner;
        private long domains;

        Branch(final K key, final V value, final Branch<K, V> left, final Branch<K, V> right)
        {
            this.key = key;
            this.value = value;
            this.left = left;
            this.right = right;
            this.size = 1 + (left == null ? 0 : left.size) + (right == null ? 0 : right.size);

            if (value instanceof final Extent extent)
            {
                soleOwner = extent.soleOwner();
                include(extent);
                include(left);
                include(right);
            }
        }

        private void include(final Extent other)
        {
            if (other != null)
            {
                nodeCount += other.nodeCount();
                accountedTotal += other.accountedTotal();
                soleOwner = soleOwner == other.soleOwner() ? soleOwner : MANY;
                domains |= other.domains();
            }
        }

        @Override
        public K key()
        {
            return key;
        }

        @Override
        public V value()
        {
            return value;
        }

        @Override
        public int nodeCount()
        {
            return nodeCount;
        }

        @Override
        public long accountedTotal()
        {
            return accountedTotal;
        }

        @Override
        public int soleOwner()
        {
            return soleOwner;
        }

        @Override
        public long domains()
        {
            return domains;
        }
    }
}
