package org.skerry.xenstore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the store remembers of its changes, as CONTROL tells it. */
class HistoryTest
{
    private static final int LENGTH = 1 << 16;

    private final UnsafeBuffer past = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
    private final TestStore fixture = new TestStore(StateLog.none(), past);
    private final TestClient dom0 = fixture.socket();

    /** A line of "since". */
    private record Line(String place, int domid, String client, String path, String before, String after)
    {
        static Line parse(final String line)
        {
            final String[] words = line.split("\t", -1);
            assertEquals(7, words.length, line);
            assertEquals("1000", words[1]);
            return new Line(words[0], Integer.parseInt(words[2]), words[3], words[4], words[5], words[6]);
        }

        long version()
        {
            return Long.parseLong(place.substring(0, place.indexOf('.')));
        }

        String text()
        {
            return path + ": " + before + " -> " + after;
        }
    }

    @Test
    void shouldTellWhoChangedWhatFromWhatToWhat()
    {
        dom0.connection().client("xl[4711]");
        final TestClient guest = fixture.guestAtHome(5);
        final long start = last();
        dom0.ok("WRITE", "/a/b|one");
        guest.ok("WRITE", "name|two\\\n");
        dom0.ok("SET_PERMS", "/a/b|n0|r5|");
        dom0.ok("WRITE", "/a/b|one");
        dom0.ok("WRITE", "/a/b|");
        dom0.ok("RM", "/a|");

        final List<Line> lines = since(dom0, Long.toString(start), "/");
        assertEquals(
            List.of("/a: - -> n0=", "/a/b: - -> n0=one", "/local/domain/5/name: - -> n5=two\\x5c\\x0a",
                "/a/b: n0=one -> n0,r5=one", "/a/b: n0,r5=one -> n0,r5=", "/a: n0= -> -", "/a/b: n0,r5= -> -"),
            lines.stream().map(Line::text).toList());
        assertEquals(List.of("xl[4711]", "", "xl[4711]"),
            List.of(lines.get(0).client, lines.get(2).client, lines.get(3).client));
        assertEquals(5, lines.get(2).domid);
        assertEquals(lines.get(0).version(), lines.get(1).version());
        assertTrue(lines.get(0).version() < lines.get(2).version());
    }

    @Test
    void shouldTellOfAPathAloneOrOfAllBelow()
    {
        final long start = last();
        dom0.ok("WRITE", "/d/x|1");
        dom0.ok("WRITE", "/dd|1");
        dom0.ok("WRITE", "/d|2");

        assertEquals(List.of("/d", "/d/x", "/d"),
            since(dom0, start + "", "/d").stream().map(Line::path).toList());
        assertEquals(List.of("/d: - -> n0=", "/d: n0= -> n0=2"),
            since(dom0, start + "", "/d|only").stream().map(Line::text).toList());
        assertEquals(List.of(), since(dom0, last() + "", "/"));
    }

    @Test
    void shouldTellATransactionAsOneVersionEachNodeOnce()
    {
        dom0.ok("WRITE", "/gone/below|1");
        final long start = last();
        final int txId = dom0.begin();
        dom0.ok(txId, "WRITE", "/new/deep/leaf|1");
        dom0.ok(txId, "WRITE", "/new/deep/other|2");
        dom0.ok(txId, "RM", "/gone/below|");
        dom0.ok(txId, "RM", "/gone|");
        dom0.ok(txId, "WRITE", "/short|1");
        dom0.ok(txId, "RM", "/short|");
        dom0.ok(txId, "TRANSACTION_END", "T|");

        final List<Line> lines = since(dom0, start + "", "/");
        assertEquals(
            List.of("/gone/below: n0=1 -> -", "/gone: n0= -> -", "/new/deep/leaf: - -> n0=1",
                "/new/deep/other: - -> n0=2", "/new/deep: - -> n0=", "/new: - -> n0=").stream().sorted().toList(),
            lines.stream().map(Line::text).sorted().toList());
        assertEquals(1, lines.stream().map(Line::version).distinct().count());
    }

    @Test
    void shouldLeadFromThePresentToEveryVersionThatIsKnown()
    {
        final long seed = Long.getLong("skerry.seed", System.nanoTime());
        final Random random = new Random(seed);
        final TreeMap<Long, Map<String, String>> versions = new TreeMap<>();
        int txId = dom0.begin();

        for (int i = 0; i < 1500; i++)
        {
            final String path = "/" + random.nextInt(6) + "/" + random.nextInt(4) + "/" + random.nextInt(3) + '|';
            final int tx = random.nextInt(3) == 0 ? txId : 0;
            switch (random.nextInt(6))
            {
                case 0 -> dom0.ask(tx, "RM", path.substring(0, 2 + 2 * random.nextInt(3)) + '|');
                case 1 -> dom0.ask(tx, "SET_PERMS", path + "r" + random.nextInt(2) + '|');
                case 2 ->
                {
                    dom0.commit(txId);
                    txId = dom0.begin();
                }
                default -> dom0.ask(tx, "WRITE", path + "v".repeat(random.nextInt(40)));
            }
            versions.put(last(), present());
        }

        assertTrue(number("base") > versions.firstKey(), "it has never been full");
        int compared = 0;

        for (final Map.Entry<Long, Map<String, String>> version : versions.tailMap(number("base")).entrySet())
        {
            final Map<String, String> undone = present();
            since(dom0, version.getKey() + "", "/").reversed().forEach(line ->
            {
                undone.remove(line.path);
                if (!line.before.equals("-"))
                {
                    undone.put(line.path, line.before);
                }
            });
            assertEquals(version.getValue(), undone, "seed=" + seed + ", version=" + version.getKey());
            compared++;
        }

        assertTrue(compared > 50, "compared=" + compared);
    }

    @Test
    void shouldForgetTheOldestAndSayFromWhereItKnows()
    {
        assertEquals(last(), number("base"));
        for (int i = 0; i < 5000; i++)
        {
            dom0.ok("WRITE", "/n|" + i);
        }
        final long base = number("base");

        assertTrue(number("bytes") <= LENGTH && number("bytes") > LENGTH / 2);
        assertEquals(number("changes"), since(dom0, base + "", "/").size());
        assertEquals("ENOENT", dom0.ask("CONTROL", "history|since|" + (base - 1) + "|/|"));
        dom0.ok("CONTROL", "history|limit|8192|");
        assertTrue(number("bytes") <= 8192 && number("base") > base);
        assertEquals("n0=4998 -> n0=4999", since(dom0, number("base") + "", "/n").getLast().text().substring(4));
        assertEquals("EINVAL", dom0.ask("CONTROL", "history|limit|" + LENGTH + "|"));
        assertEquals("EINVAL", dom0.ask("CONTROL", "history|limit|0|"));
    }

    @Test
    void shouldShowValuesThatFillAMessage()
    {
        final long start = last();
        final String large = "\u00ff".repeat(4000);
        dom0.ok("WRITE", "/l|" + large);
        dom0.ok("WRITE", "/l|x");
        final List<Line> lines = since(dom0, start + "", "/l");

        assertEquals(List.of("/l: - -> n0*", "/l: n0* -> n0*"), lines.stream().map(Line::text).toList());
        assertEquals(large, dom0.ask("CONTROL", "history|image|" + lines.get(0).place + "|after|"));
        assertEquals(large, dom0.ask("CONTROL", "history|image|" + lines.get(1).place + "|before|"));
        assertEquals("x", dom0.ask("CONTROL", "history|image|" + lines.get(1).place + "|after|"));
        assertEquals("ENOENT", dom0.ask("CONTROL", "history|image|" + lines.get(0).place + "|before|"));
        assertEquals("ENOENT", dom0.ask("CONTROL", "history|image|999999.0|before|"));
    }

    @Test
    void shouldNotTellGuestsAndRefuseNonsense()
    {
        assertEquals("EACCES", fixture.guestAtHome(5).ask("CONTROL", "history|"));
        for (final String wrong : List.of("x|", "since|", "since|1|", "since|x|/|", "since|0|a|", "since|0.|/|",
            "since|0|/|all|", "since|-1|/|", "image|1|before|", "image|1.1|now|", "limit|", "limit|x|", "version|"))
        {
            final String answer = dom0.ask("CONTROL", "history|" + wrong);
            assertTrue(answer.equals("EINVAL") || wrong.startsWith("image|1|") && answer.equals("ENOENT"), wrong);
        }
    }

    @Test
    void shouldNoteAHugeStepBesideTheWork()
    {
        final TestStore large = new TestStore(StateLog.none(), new UnsafeBuffer(new byte[1 << 20]));
        final TestClient client = large.socket();
        for (int i = 0; i < 5000; i++)
        {
            client.ok("WRITE", "/big/" + i + "|v");
        }
        final long start = Long.parseLong(client.ask("CONTROL", "history|").split("[ \n]")[5]);
        client.ok("RM", "/big|");
        client.ok("WRITE", "/big/1|again");

        final List<Line> lines = since(client, start + "", "/");
        assertEquals(5003, lines.size());
        assertEquals("/big/1: - -> n0=again", lines.getLast().text());
    }

    @Test
    void shouldGoOnInTheMemoryOfAnEarlierProcess()
    {
        final UnsafeBuffer state = new UnsafeBuffer(ByteBuffer.allocateDirect(SurvivingMemory.LENGTH_MIN));
        final UnsafeBuffer notes = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
        final TestStore first = new TestStore(StateLog.of(new SurvivingMemory(state)), notes);
        first.socket().ok("WRITE", "/a|1");
        first.store.state().publish();
        first.socket().ok("WRITE", "/a|lost");

        final TestStore next = new TestStore(StateLog.of(new SurvivingMemory(state)), notes);
        next.socket().ok("WRITE", "/a|2");
        assertEquals(List.of("/a: - -> n0=1", "/a: n0=1 -> n0=2"),
            since(next.socket(), "1", "/").stream().map(Line::text).toList());

        final UnsafeBuffer elsewhere = new UnsafeBuffer(ByteBuffer.allocateDirect(SurvivingMemory.LENGTH_MIN));
        final TestStore other = new TestStore(StateLog.of(new SurvivingMemory(elsewhere)), notes);
        assertFalse(other.socket().ask("CONTROL", "history|").contains("changes 2"));
    }

    private List<Line> since(final TestClient client, final String place, final String path)
    {
        final List<Line> lines = new ArrayList<>();
        String from = place;

        while (true)
        {
            final String answer = client.ask("CONTROL", "history|since|" + from + '|' + path + '|');
            assertTrue(answer.length() <= 4096 && answer.endsWith("\n|"), answer);
            final List<String> page = answer.substring(0, answer.length() - 1).lines().toList();
            page.subList(0, page.size() - 1).forEach(line -> lines.add(Line.parse(line)));

            if (page.getLast().startsWith("end "))
            {
                return lines;
            }

            from = page.getLast().substring("more ".length());
        }
    }

    private long last()
    {
        return number("last");
    }

    private long number(final String name)
    {
        return dom0.ask("CONTROL", "history|").lines().filter(line -> line.startsWith(name + ' '))
            .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1))).findFirst().orElseThrow();
    }

    private Map<String, String> present()
    {
        final Map<String, String> nodes = new TreeMap<>();
        Tree.walk("/", fixture.store.tree().root(), (path, node) ->
        {
            nodes.put(path, String.join(",", node.permissions().entries().stream().map(Permission::toString).toList()) +
                '=' + TestClient.text(node.value()));
            return true;
        });
        return nodes;
    }
}
