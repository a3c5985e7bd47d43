package org.skerry.tests.hostile;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.GnttabCopyEncoder;
import org.skerry.wire.hypercall.GnttabMapGrantRefEncoder;
import org.skerry.wire.hypercall.GnttabQuerySizeEncoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Unistd;
import org.skerry.wire.ring.RingLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A domain that says everything: every hypercall and every message of the schema with every field at its edges and at
 * random, while another thread of it rewrites what the hypervisor reads. After each step the bystanders are as they
 * were, and after its end so are all books.
 *
 * <p>{@code -Dskerry.fuzz.seconds=600} attacks for longer at random, {@code -Dskerry.fuzz.seed=N} repeats a failure.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class HostileFuzzTest
{
    private static final int SECONDS = Integer.getInteger("skerry.fuzz.seconds", 3);
    private static final int ROUND = 400;
    private static final int FRAME = 10;
    private static final int REF = 8;
    private static final int HEADER = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final int TAG_OFFSET = 4;
    private static final int LOWEST_ERRNO = -133;
    private static final List<Integer> GRANT_OPS = List.of(
        GnttabMapGrantRefEncoder.TEMPLATE_ID, GnttabUnmapGrantRefEncoder.TEMPLATE_ID, GnttabCopyEncoder.TEMPLATE_ID,
        GnttabQuerySizeEncoder.TEMPLATE_ID);

    private final long seed = Long.getLong("skerry.fuzz.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final int bell = Eventfd.create();
    private final TestHost host = new TestHost();
    private final Bystanders bystanders = new Bystanders(host);
    private final AtomicBoolean isOver = new AtomicBoolean();
    private List<SchemaMessages.Message> messages;
    private RawDomain hostile;
    private Thread accomplice;
    private String step = "";

    @BeforeEach
    void read() throws Exception
    {
        messages = SchemaMessages.read();
        System.out.println("HostileFuzzTest: seed=" + seed);
    }

    @AfterEach
    void shouldHaveTouchedNobodyElse()
    {
        endHostile();
        bystanders.check(where());
        bystanders.close();
        Unistd.close(bell);
        host.close();
    }

    @Test
    @Tag("SEC-013")
    @Tag("SEC-022")
    @Tag("SEC-039")
    void shouldBearEveryHypercallWithEveryFieldAtItsEdges()
    {
        begin();
        for (final SchemaMessages.Message message : messages)
        {
            if (message.id() >= SchemaMessages.FIRST_HYPERCALL)
            {
                for (final SchemaMessages.Field field : message.fields())
                {
                    for (final long value : edges(field.size()))
                    {
                        if (field.offset() > TAG_OFFSET)
                        {
                            hypercall(message, field, value);
                        }
                    }
                }
                bystanders.check(where());
            }
        }
        end();
    }

    @Test
    @Tag("SEC-013")
    @Tag("SEC-039")
    void shouldBearEveryMessageWithEveryFieldAtItsEdges()
    {
        begin();
        for (final SchemaMessages.Message message : messages)
        {
            if (message.id() < SchemaMessages.FIRST_HYPERCALL)
            {
                for (final SchemaMessages.Field field : message.fields())
                {
                    for (final long value : edges(field.size()))
                    {
                        ask(message, field, value, random.nextInt(3));
                    }
                }
                for (int length = 0; length < message.blockLength(); length++)
                {
                    askShort(message, length);
                }
                bystanders.check(where());
            }
        }
        end();
    }

    @Test
    @Tag("SEC-003")
    @Tag("SEC-013")
    @Tag("SEC-022")
    @Tag("SEC-039")
    void shouldBearWhateverComesToItsMind()
    {
        final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        do
        {
            begin();
            for (int i = 0; i < ROUND; i++)
            {
                final SchemaMessages.Message message = messages.get(random.nextInt(messages.size()));
                if (message.id() >= SchemaMessages.FIRST_HYPERCALL)
                {
                    hypercall(message, null, 0);
                }
                else
                {
                    ask(message, null, 0, random.nextInt(4));
                }
                spoilGrants(1);
            }
            bystanders.check(where());
            end();
        }
        while (System.nanoTime() < end);
    }

    @Test
    @Tag("SEC-021")
    @Tag("SEC-034")
    void shouldBearRequestsAndGrantsThatAreRewrittenWhileTheyAreServed()
    {
        final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        do
        {
            begin();
            final UnsafeBuffer page = hostile.ringPage();
            final Random theirs = new Random(seed + 1);
            spoil(() -> rewrite(page, theirs));
            int produced = page.getIntVolatile(RingLayout.REQ_PROD_OFFSET);
            for (int i = 0; i < ROUND / 8 && !isHungUp(); i++)
            {
                produced += 1 + random.nextInt(200);
                page.putIntRelease(RingLayout.REQ_PROD_OFFSET, produced);
                Eventfd.signal(hostile.requestBell());
                awaitResponses(page, produced);
                step = "rewriting, batch " + i;
            }
            endSpoiling();
            bystanders.check(where());
            end();
        }
        while (System.nanoTime() < end);
    }

    @Test
    @Tag("SEC-041")
    void shouldBearAFloodOfMessagesAndBells()
    {
        begin();
        final OpenWindowEncoder open = new OpenWindowEncoder().wrapAndApplyHeader(
            hostile.out(), 0, hostile.headerOut()).granter(bystanders.target().domid()).readOnly((short)0);
        spoil(() ->
        {
            hostile.trySend(HEADER + open.encodedLength(), bell);
            Eventfd.signal(hostile.requestBell());
        });
        for (int i = 0; i < ROUND / 4; i++)
        {
            bystanders.check("flood, seed=" + seed);
        }
        endSpoiling();
        end();
    }

    /** A hostile domain that has a bit of everything: grants, a window for a bystander, a channel, an IPI. */
    private void begin()
    {
        hostile = host.newGrowingDomain("hostile", 64, 128, 0).attach();
        assertEquals(0, hostile.moveToWindow(FRAME, 4, bystanders.target().domid()));
        hostile.grant(REF, 1, bystanders.target().domid(), FRAME);
        hostile.allocUnbound(Domid.DOMID_SELF, bystanders.target().domid());
        final long own = hostile.allocUnbound(Domid.DOMID_SELF, hostile.domid());
        hostile.bindInterdomain(hostile.domid(), own);
        hostile.bindIpi(0).close();
        isOver.set(false);
    }

    private void end()
    {
        endHostile();
        bystanders.checkBooks(where());
    }

    private void endHostile()
    {
        endSpoiling();
        if (hostile != null)
        {
            host.destroy(hostile.domid());
            hostile.close();
            hostile = null;
        }
    }

    private void hypercall(final SchemaMessages.Message message, final SchemaMessages.Field edge, final long value)
    {
        step = message.name() + (edge == null ? "" : ", " + edge.name() + "=" + Long.toHexString(value));
        final int tag = random.nextInt();
        try
        {
            final HypercallResponseDecoder response = hostile.hypercall(offset ->
            {
                fill(hostile.ringPage(), offset, message, edge, value);
                hostile.ringPage().putShort(offset, (short)message.id());
                hostile.ringPage().putInt(offset + TAG_OFFSET, tag);
            });
            final long result = response.result();
            assertEquals(tag, (int)response.tag(), this::where);
            assertEquals(message.id(), response.op(), this::where);
            assertTrue(result >= (GRANT_OPS.contains(message.id()) ? GrantStatus.NO_SPACE : LOWEST_ERRNO), this::where);
            assertTrue(result <= (GRANT_OPS.contains(message.id()) ? GrantStatus.OKAY : Integer.MAX_VALUE),
                this::where);
        }
        catch (final RawDomain.HungUp e)
        {
            endHostile();
            begin();
        }
    }

    private void ask(
        final SchemaMessages.Message message, final SchemaMessages.Field edge, final long value, final int fdCount)
    {
        step = message.name() + (edge == null ? "" : ", " + edge.name() + "=" + Long.toHexString(value));
        final UnsafeBuffer out = hostile.out();
        header(message, message.blockLength());
        fill(out, HEADER, message, edge, value);
        int length = HEADER + message.blockLength();
        for (int i = 0; i < message.texts(); i++)
        {
            final int textLength = random.nextInt(40);
            out.putShort(length, (short)(random.nextInt(4) == 0 ? random.nextInt() : textLength));
            out.setMemory(length + Short.BYTES, textLength, (byte)random.nextInt());
            length += Short.BYTES + textLength;
        }
        final int[] fds = new int[fdCount];
        Arrays.fill(fds, bell);
        answer(length, fds);
    }

    private void askShort(final SchemaMessages.Message message, final int blockLength)
    {
        step = message.name() + ", length=" + blockLength;
        header(message, random.nextBoolean() ? blockLength : message.blockLength());
        answer(HEADER + blockLength);
    }

    private void answer(final int length, final int... fds)
    {
        try
        {
            hostile.ask(length, fds).close();
        }
        catch (final RawDomain.HungUp e)
        {
            endHostile();
            begin();
        }
    }

    private void header(final SchemaMessages.Message message, final int blockLength)
    {
        hostile.headerOut().wrap(hostile.out(), 0)
            .blockLength(blockLength).templateId(message.id()).schemaId(1).version(0);
    }

    private void fill(
        final UnsafeBuffer buffer, final int offset, final SchemaMessages.Message message,
        final SchemaMessages.Field edge, final long value)
    {
        for (final SchemaMessages.Field field : message.fields())
        {
            final long said = field.equals(edge) ? value : edge == null && random.nextInt(3) == 0 ?
                edges(field.size())[random.nextInt(8)] : sensible(field.name());
            put(buffer, offset + field.offset(), field.size(), said);
        }
    }

    /** A number that means something where it stands, so that the one beside it is what is looked at. */
    private long sensible(final String name)
    {
        return switch (name)
        {
            case "dom", "sourceDomid", "destDomid" -> random.nextBoolean() ? Domid.DOMID_SELF : anyDomid();
            case "remoteDom", "remoteDomid", "grantee", "granter", "domid", "serviceDomid" -> anyDomid();
            case "firstFrame", "frame" -> random.nextInt(130);
            case "sourceRefOrFrame", "destRefOrFrame", "grantRef" -> random.nextInt(20);
            case "frameCount" -> 1 + random.nextInt(6);
            case "port", "remotePort" -> random.nextInt(8);
            case "sourceOffset", "destOffset" -> random.nextInt(64);
            case "length" -> random.nextInt(49);
            case "virq" -> random.nextInt(6);
            case "reason" -> 99;                    // it would be gone
            case "timeoutS" -> random.nextBoolean() ? 0 : 3600;
            default -> random.nextInt(4);
        };
    }

    private int anyDomid()
    {
        final int any = random.nextInt(4);
        return any == 3 ? hostile.domid() : any == 2 ? 0 : bystanders.target().domid() + any;
    }

    /** @return 0, 1, the largest with and without a sign and what follows it, all ones, and chance. */
    private long[] edges(final int size)
    {
        final int bits = size * Byte.SIZE;
        final long ones = -1L >>> (Long.SIZE - bits);
        return new long[]{
            0, 1, ones >>> 1, (ones >>> 1) + 1, ones - 1, ones, random.nextInt(5000), random.nextLong() & ones};
    }

    private static void put(final UnsafeBuffer buffer, final int at, final int size, final long value)
    {
        switch (size)
        {
            case Byte.BYTES -> buffer.putByte(at, (byte)value);
            case Short.BYTES -> buffer.putShort(at, (short)value);
            case Integer.BYTES -> buffer.putInt(at, (int)value);
            default -> buffer.putLong(at, value);
        }
    }

    /** On the accomplice's thread: slots in whole fields and single bytes, and entries of the grant table. */
    private void rewrite(final UnsafeBuffer page, final Random theirs)
    {
        final int slot = RingLayout.SLOTS_OFFSET + theirs.nextInt(256) * Hypercalls.SLOT_LENGTH;
        final int op = 64 + theirs.nextInt(24);
        page.putShort(slot, (short)(op == 73 || op == 83 ? 0 : op));      // shutdown and watchdog would end it
        page.putShort(slot + 8, (short)theirs.nextInt(4));
        page.putByte(slot + 8 + theirs.nextInt(24), (byte)theirs.nextInt());
        page.putLong(slot + 8 + theirs.nextInt(4) * 8, theirs.nextInt(4) == 0 ? theirs.nextLong() : theirs.nextInt(99));
        spoilGrants(theirs.nextInt(512), theirs.nextInt(), theirs.nextInt(130));
    }

    private void spoilGrants(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            spoilGrants(random.nextInt(32), random.nextInt(), random.nextInt(130));
        }
    }

    private void spoilGrants(final int ref, final int noise, final int frame)
    {
        hostile.grant(ref, (noise & 3) == 0 ? noise : 1 | noise & 4, noise >>> 8 & 7, frame);
    }

    /** Other requests are what the hypervisor is asked with meanwhile: nobody has to sleep. */
    private void awaitResponses(final UnsafeBuffer page, final int produced)
    {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (page.getIntVolatile(RingLayout.RSP_PROD_OFFSET) != produced && !isHungUp())
        {
            assertTrue(host.freeFrames() > 0);
            assertTrue(System.nanoTime() < deadline, this::where);
        }
    }

    private boolean isHungUp()
    {
        return host.info(hostile.domid()).shutdownReason() != Hypercalls.STILL_RUNNING;
    }

    private void spoil(final Runnable turn)
    {
        isOver.set(false);
        accomplice = Thread.ofPlatform().daemon().start(() ->
        {
            while (!isOver.get())
            {
                turn.run();
            }
        });
    }

    private void endSpoiling()
    {
        isOver.set(true);
        if (accomplice != null)
        {
            try
            {
                accomplice.join();
            }
            catch (final InterruptedException e)
            {
                throw new AssertionError(e);
            }
            accomplice = null;
        }
    }

    private String where()
    {
        return step + ", seed=" + seed;
    }
}
