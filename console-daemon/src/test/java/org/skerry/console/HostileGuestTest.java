package org.skerry.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.ring.ConsoleRing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Guests that write anything anywhere into their pages, and clients that do anything, beside one honest pair. */
class HostileGuestTest
{
    private static final int INDICES_OFFSET = 3072;

    private final List<String> log = new ArrayList<>();
    private long nowNs;
    private final ConsoleServer server = new ConsoleServer(() -> nowNs, log::add);

    @ParameterizedTest
    @ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })
    void shouldServeTheHonestWhateverTheOthersDo(final long seed)
    {
        final Random random = new Random(seed);
        final UnsafeBuffer honestPage = new UnsafeBuffer(new byte[4096]);
        final ConsoleRing honest = ConsoleRing.front(honestPage);
        final GuestConsole honestConsole = new GuestConsole(1, 0, ConsoleRing.back(honestPage), () -> {});
        server.add(honestConsole);
        final TestStream honestClient = attach("ATTACH 1 0\n");
        final StringBuilder expected = new StringBuilder("OK\n");

        for (int round = 0; round < 300; round++)
        {
            hostileGuest(random, 2 + round % 20);
            final byte[] line = ("line " + round + "\r\n").getBytes(ISO_8859_1);
            assertEquals(line.length, honest.write(line, 0, line.length), "seed=" + seed);
            expected.append("line ").append(round).append("\r\n");
            nowNs += TurnAllowance.INTERVAL_NS;
            assertEquals(0, server.onBell(honestConsole));
            assertEquals(expected.toString(), honestClient.received(), "seed=" + seed);
            nowNs += random.nextInt(2) * 1_000_000_000L;
            server.onTick();
        }

        assertTrue(log.size() > 0, "seed=" + seed);
        assertTrue(server.clientCount() <= ConsoleServer.MAX_CLIENTS);
    }

    private void hostileGuest(final Random random, final int domid)
    {
        final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
        random.nextBytes(page.byteArray());

        if (random.nextBoolean())
        {
            page.setMemory(INDICES_OFFSET, 16, (byte)0);
        }

        final GuestConsole console = new GuestConsole(domid, 0, ConsoleRing.back(page), () -> {});
        server.add(console);
        final TestStream client = attach(random.nextBoolean() ? "ATTACH " + domid + " 0 force\n" : noise(random));
        client.room(random.nextInt(5000));

        for (int i = 0; i < 20; i++)
        {
            page.putInt(INDICES_OFFSET + 4 * random.nextInt(4), random.nextInt(4) == 0 ?
                random.nextInt() : page.getInt(INDICES_OFFSET + 4 * random.nextInt(4)) + random.nextInt(3000));
            client.send(random.nextBoolean() ? noise(random) : "");
            server.onBell(console);
            nowNs += random.nextInt((int)TurnAllowance.INTERVAL_NS);

            if (console.isTurnPending())
            {
                server.onTurn(console);
            }
        }

        if (random.nextBoolean())
        {
            client.leave();
        }

        server.remove(console);
    }

    private TestStream attach(final String request)
    {
        final TestStream stream = new TestStream(1);
        final ClientSession session = server.accept(stream);
        stream.send(request);

        if (session != null)
        {
            session.onReadable();
            session.onReadable();
            session.onWritable();
        }

        return stream;
    }

    private static String noise(final Random random)
    {
        final byte[] bytes = new byte[random.nextInt(400)];
        random.nextBytes(bytes);
        return new String(bytes, ISO_8859_1);
    }
}
