package org.skerry.xenstore;

import java.util.Arrays;

import org.agrona.concurrent.UnsafeBuffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What must hold whatever bytes a client sends: nothing is thrown, the tree is sound, a request that is refused leaves
 * it as it was, a guest changes nothing that it may not, and another client is served as ever.
 */
public final class PacketFuzz
{
    private static final int PAGE_LENGTH = 4096;
    private static final int CONNECTION = 2068;
    private static final int HEADER_LENGTH = 16;
    private static final int OPERATION_COUNT = 29;

    private PacketFuzz()
    {
    }

    /**
     * What {@code xenstore/fuzz} calls, guided by coverage.
     *
     * @param data the first byte chooses the kind.
     */
    public static void fuzzerTestOneInput(final byte[] data)
    {
        final byte[] rest = Arrays.copyOfRange(data, Math.min(1, data.length), data.length);

        switch (data.length == 0 ? 0 : data[0] & 3)
        {
            case 0 -> stream(rest);
            case 1 -> ring(rest);
            default -> requests(rest);
        }
    }

    /** Bytes as a stream, cut into pieces where they say so themselves. */
    static void stream(final byte[] data)
    {
        final TestStore fixture = new TestStore();
        final TestClient guest = fixture.guestAtHome(5);
        final TestClient bystander = bystander(fixture);
        final Tree before = fixture.store.tree();
        int offset = 0;

        while (offset < data.length)
        {
            final int length = Math.min(data.length - offset, 1 + (data[offset] & 0x3F));
            guest.connection().receive(data, offset, length);
            offset += length;

            if (guest.connection().process(fixture.store) == XsConnection.Progress.VIOLATION)
            {
                fixture.store.disconnected(guest.connection());
                guest.connection().dropBytes();
                break;
            }

            drain(guest);
        }

        assertSound(fixture, bystander, before);
    }

    /** Each few bytes choose a request: operation, transaction and a payload put together from likely words. */
    static void requests(final byte[] data)
    {
        final TestStore fixture = new TestStore();
        final TestClient guest = fixture.guestAtHome(5);
        final TestClient bystander = bystander(fixture);
        final Tree start = fixture.store.tree();

        for (int offset = 0; offset + 4 <= data.length;)
        {
            final int op = (data[offset] & 0xFF) % OPERATION_COUNT;
            final int txId = data[offset + 1] & 3;
            final int length = Math.min(data[offset + 2] & 15, data.length - offset - 3);
            final byte[] payload = payload(data, offset + 3, length);
            final Tree before = fixture.store.tree();
            final byte[] message = guest.message(txId, op, payload);
            guest.connection().receive(message, 0, message.length);
            guest.connection().process(fixture.store);

            if (hasOnlyErrors(guest.connection()))
            {
                assertSame(before, fixture.store.tree());
            }

            drain(guest);
            offset += 3 + length;
        }

        assertSound(fixture, bystander, start);
    }

    /** Bytes all over the ring page, again and again. */
    static void ring(final byte[] data)
    {
        final RingFixture fixture = new RingFixture();
        fixture.introduce(5);
        fixture.introduce(6);
        final UnsafeBuffer page = fixture.page(5);

        for (int offset = 0; offset + 4 <= data.length;)
        {
            final int at = ((data[offset] & 0xFF) << 8 | data[offset + 1] & 0xFF) % PAGE_LENGTH;
            final int length = Math.min(Math.min(data[offset + 2] & 31, data.length - offset - 3), PAGE_LENGTH - at);
            page.putBytes(at, data, offset + 3, length);
            offset += 3 + length;

            if (length == 0)
            {
                page.putInt(CONNECTION, 1);
            }

            fixture.ring(5);
            fixture.run();
        }

        assertEquals("OK|", fixture.dom0.ask("CONTROL", "check|"));
        page.putInt(CONNECTION, 1);
        fixture.ring(5);
        fixture.run();
        fixture.client(5).write("alive", "1");
        assertEquals("1", fixture.client(6).read("/local/domain/6") + "1");
    }

    private static TestClient bystander(final TestStore fixture)
    {
        final TestClient bystander = fixture.guestAtHome(6);
        bystander.ok("WRITE", "secret|value");
        bystander.watch("secret", "t");
        return bystander;
    }

    private static byte[] payload(final byte[] data, final int offset, final int length)
    {
        final String[] words = {"a", "b", "/", "/local/domain/5", "/local/domain/6/secret", "|", "|", "@releaseDomain",
            "T", "F", "0", "5", "n5", "r0", "1", "b6", "nodes", "x/y", "-", "4096", "//", "tok", "check", "..."};
        final StringBuilder text = new StringBuilder();

        for (int i = offset; i < offset + length; i++)
        {
            final int choice = data[i] & 0xFF;
            text.append(choice < 200 ? words[choice % words.length] : (char)choice);
        }

        return TestClient.bytes(text.toString());
    }

    private static boolean hasOnlyErrors(final XsConnection connection)
    {
        final OutputQueue output = connection.output();

        if (output.isEmpty())
        {
            return false;
        }

        final UnsafeBuffer bytes = new UnsafeBuffer(output.bytes(), output.offset(), output.length());
        boolean hasOnlyErrors = true;

        for (int offset = 0; offset < bytes.capacity();)
        {
            hasOnlyErrors &= bytes.getInt(offset) == 16;
            offset += HEADER_LENGTH + bytes.getInt(offset + 12);
        }

        return hasOnlyErrors;
    }

    private static void drain(final TestClient client)
    {
        final OutputQueue output = client.connection().output();

        while (!output.isEmpty())
        {
            final byte[] bytes = output.bytes();
            final int length = output.length();
            final int payload = new UnsafeBuffer(bytes, output.offset(), length).getInt(12);
            assertTrue(length >= HEADER_LENGTH && payload <= PAGE_LENGTH, () -> Arrays.toString(bytes));
            output.sent(length);
        }
    }

    private static void assertSound(final TestStore fixture, final TestClient bystander, final Tree before)
    {
        assertEquals("OK|", fixture.socket().ask("CONTROL", "check|"));
        assertEquals("value", bystander.ask("READ", "secret|"));
        assertEquals(0, bystander.events().size());
        assertSame(before.find("/tool"), fixture.store.tree().find("/tool"));
        assertSame(before.find("/local/domain/6"), fixture.store.tree().find("/local/domain/6"));
        assertTrue(fixture.store.tree().account(5).nodeCount() <= 1000);
    }
}
