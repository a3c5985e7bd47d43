package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

class PersistentMapTest
{
    @Test
    void shouldBehaveAsAMapAndKeepWhatItWas()
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final TreeMap<Integer, String> model = new TreeMap<>();
        final List<PersistentMap<Integer, String>> versions = new ArrayList<>();
        final List<Map<Integer, String>> models = new ArrayList<>();
        PersistentMap<Integer, String> map = PersistentMap.empty();

        for (int i = 0; i < 5000; i++)
        {
            final int key = random.nextInt(300);

            if (random.nextInt(5) < 2)
            {
                map = map.without(key);
                model.remove(key);
            }
            else
            {
                map = map.with(key, "v" + i);
                model.put(key, "v" + i);
            }

            assertEquals(model.size(), map.size(), () -> "seed=" + seed);
            assertEquals(model.get(key), map.get(key), () -> "seed=" + seed);

            if (i % 500 == 0)
            {
                versions.add(map);
                models.add(new TreeMap<>(model));
            }
        }

        for (int i = 0; i < versions.size(); i++)
        {
            final Map<Integer, String> content = new TreeMap<>();
            final List<Integer> order = new ArrayList<>();
            final List<Map.Entry<Integer, String>> entries = new ArrayList<>();
            versions.get(i).forEach((key, value) ->
            {
                content.put(key, value);
                order.add(key);
            });
            versions.get(i).iterator().forEachRemaining(entry -> entries.add(Map.entry(entry.key(), entry.value())));
            assertEquals(models.get(i), content, () -> "seed=" + seed);
            assertEquals(List.copyOf(content.keySet()), order, () -> "seed=" + seed);
            assertEquals(List.copyOf(content.entrySet()), entries, () -> "seed=" + seed);
        }
    }

    @Test
    void shouldBeTheSameWhenThereIsNothingToRemove()
    {
        final PersistentMap<String, String> map = PersistentMap.<String, String>empty().with("a", "1");

        assertSame(map, map.without("b"));
        assertSame(PersistentMap.empty(), map.without("a"));
        assertNull(map.get("b"));
    }

    /** Keys in order would make a list of a tree that is not balanced, and 200,000 levels end every stack. */
    @Test
    @Timeout(60)
    void shouldStayBalancedWhateverTheOrderOfKeys()
    {
        PersistentMap<Integer, Integer> map = PersistentMap.empty();

        for (int i = 0; i < 200_000; i++)
        {
            map = map.with(i, i);
        }
        for (int i = 0; i < 150_000; i++)
        {
            map = map.without(i);
        }

        final int[] next = {150_000};
        map.forEach((key, value) -> assertEquals(next[0]++, key));
        assertEquals(200_000, next[0]);
    }
}
