package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.xs.XenstorePath;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

/** Many changes at once come to what they come to one by one. */
class ThawedTreeTest
{
    private static final int CHANGES = 3_000;

    private Tree one = Tree.initial();
    private ThawedTree many = new ThawedTree(one);
    private long generation = 10;

    @Test
    void shouldBeTheSameTreeWhenNothingChanges()
    {
        assertSame(one, many.freeze());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void shouldComeToWhatChangesOneByOneComeTo(final int seed)
    {
        final Random random = new Random(seed);

        for (int i = 0; i < CHANGES; i++)
        {
            change(random);

            if (random.nextInt(500) == 0)
            {
                assertEquals(text(one), text(many.freeze()), "seed=" + seed + ", change=" + i);
            }
            if (random.nextInt(1_000) == 0)
            {
                many = new ThawedTree(one);
            }
        }

        assertEquals(text(one), text(many.freeze()), "seed=" + seed);
    }

    private void change(final Random random)
    {
        final StringBuilder path = new StringBuilder("/" + random.nextInt(3));

        while (one.find(path.toString()) != null && random.nextInt(5) > 0)
        {
            path.append('/').append(random.nextInt(40));
        }

        change(random.nextInt(50) == 0 ? XenstorePath.RELEASE_DOMAIN : path.toString(), random);
    }

    private void change(final String path, final Random random)
    {
        generation++;
        final String name = path.substring(path.lastIndexOf('/') + 1);
        final Node old = one.find(path);
        final byte[] value = Integer.toString(random.nextInt(1_000)).getBytes(StandardCharsets.ISO_8859_1);
        final Permissions permissions = new Permissions(List.of(new Permission(random.nextInt(4), Permission.READ)));

        if (old != null && !XenstorePath.isSpecial(path) && random.nextInt(10) == 0)
        {
            one = TreeOperations.remove(one, path, old, generation);
            many.remove(path, generation);
        }
        else if (old == null && random.nextBoolean())
        {
            final Node leaf = Node.create(value, permissions, generation);
            final Node subtree = leaf.withChild("1", leaf, generation).withChild("2", leaf, generation);
            one = one.charge(subtree).replace(path, subtree, generation);
            many.put(path, name, subtree, generation);
        }
        else
        {
            final Node node = old == null ? Node.create(value, permissions, generation) :
                old.withValue(value, generation).withPermissions(permissions, generation);

            if (!XenstorePath.isSpecial(path))
            {
                one = old == null ? one : one.charge(old.permissions().owner(), -1, -old.accountedLength());
                one = one.charge(permissions.owner(), 1, node.accountedLength());
            }

            one = one.replace(path, node, generation);
            many.put(path, name, value, permissions, generation);
        }

        many.remove("/missing/" + generation, generation);
    }

    private static String text(final Tree tree)
    {
        final StringBuilder text = new StringBuilder();
        text.append(line("@", tree.introduceDomain())).append(line("@", tree.releaseDomain()));
        Tree.walk(XenstorePath.ROOT, tree.root(), (path, node) ->
        {
            text.append(line(path, node));
            return true;
        });
        tree.accounts().forEach((domid, account) -> text.append(domid).append(account).append('\n'));
        return text.toString();
    }

    private static String line(final String path, final Node node)
    {
        return path + " " + new String(node.value(), StandardCharsets.ISO_8859_1) + node.permissions() +
            node.generation() + ' ' + node.nodeCount() + ' ' + node.accountedTotal() + ' ' + node.soleOwner() + '\n';
    }
}
