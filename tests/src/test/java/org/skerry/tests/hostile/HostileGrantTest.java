package org.skerry.tests.hostile;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.GnttabCopyEncoder;
import org.skerry.wire.hypercall.GnttabMapGrantRefEncoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefEncoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Grants between domains of which one, or both, mean harm. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileGrantTest
{
    private static final int PERMIT_ACCESS = 1;
    private static final int READONLY = 4;
    private static final int IN_USE = 24;
    private static final int REF = 8;
    private static final int LAST_REF = 511;
    private static final int FRAME = 10;
    private static final int OWN = 30;
    private static final int SELF = Domid.DOMID_SELF;
    private static final int MANY_MAPTRACK_FRAMES = 400;
    private static final long PREEMPTION_NS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final int TURNS = 300;

    private final TestHost host = new TestHost();
    private final Bystanders bystanders = new Bystanders(host);
    private final RawDomain granter = host.newRawDomain();
    private final RawDomain grantee = host.newRawDomain();

    @BeforeEach
    void grant()
    {
        assertEquals(0, granter.moveToWindow(FRAME, 2, grantee.domid()));
        granter.grant(REF, PERMIT_ACCESS, grantee.domid(), FRAME);
    }

    @AfterEach
    void shouldHaveTouchedNobodyElse()
    {
        bystanders.check("after the test");
        host.destroy(granter.domid());
        host.destroy(grantee.domid());
        granter.close();
        grantee.close();
        bystanders.checkBooks("after the test");
        bystanders.close();
        host.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {LAST_REF + 1, LAST_REF * 8, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFEL, 0xFFFF_FFFFL})
    @Tag("SEC-001")
    @Tag("SEC-027")
    void shouldKnowNoReferenceBehindTheLastOneOfTheTable(final long ref)
    {
        granter.grant(LAST_REF, PERMIT_ACCESS, grantee.domid(), FRAME);
        final int dom = granter.domid();

        assertEquals(GrantStatus.OKAY, copy(new Copy(1, LAST_REF, dom, OWN, SELF, 8)));
        assertEquals(GrantStatus.BAD_GNTREF, copy(new Copy(1, ref, dom, OWN, SELF, 8)));
        assertEquals(GrantStatus.BAD_GNTREF, copy(new Copy(2, OWN, SELF, ref, dom, 8)));
        assertEquals(GrantStatus.BAD_GNTREF, grantee.map(dom, ref, 0).result());
        assertEquals(GrantStatus.BAD_GNTREF, grantee.map(dom, ref, READONLY).result());
    }

    @Test
    @Tag("SEC-003")
    @Tag("SEC-016")
    @Tag("SEC-024")
    void shouldLeaveNoUserBehindWhateverFails()
    {
        final int dom = granter.domid();
        granter.grant(REF + 1, PERMIT_ACCESS, grantee.domid(), 9999);
        granter.grant(REF + 2, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME);
        granter.grant(REF + 3, PERMIT_ACCESS, grantee.domid(), FRAME + 20);

        assertEquals(GrantStatus.BAD_PAGE, grantee.map(dom, REF + 1, 0).result());
        assertEquals(GrantStatus.GENERAL_ERROR, grantee.map(dom, REF + 2, 0).result());
        assertEquals(GrantStatus.BAD_PAGE, grantee.map(dom, REF + 2, READONLY).result(), "the window is for writing");
        assertEquals(GrantStatus.BAD_PAGE, grantee.map(dom, REF + 3, 0).result(), "it is in no window");
        assertEquals(GrantStatus.BAD_PAGE, copy(new Copy(1, REF + 1, dom, OWN, SELF, 8)));
        assertEquals(GrantStatus.BAD_PAGE, copy(new Copy(1, REF, dom, 9999, SELF, 8)));
        assertEquals(GrantStatus.BAD_GNTREF, copy(new Copy(3, REF, dom, 9999, dom, 8)));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(new Copy(3, REF, dom, REF + 2, dom, 8)));
        assertEquals(GrantStatus.BAD_COPY_ARG, copy(new Copy(3, REF, dom, REF, dom, 4097)));

        for (int ref = REF; ref < REF + 4; ref++)
        {
            assertEquals(0, granter.grantFlags(ref) & IN_USE, "a mark was left: ref=" + ref);
        }
        assertEquals(0, host.info(dom).activeGrants());
        assertEquals(0, host.info(grantee.domid()).mappedGrants());
        assertEquals(0, granter.moveFromWindow(FRAME, 2), "nobody uses them");
    }

    @Test
    @Tag("SEC-004")
    void shouldNotStallTwoDomainsThatUseEachOthersGrantsCrosswise()
    {
        assertEquals(0, grantee.moveToWindow(FRAME, 1, granter.domid()));
        grantee.grant(REF, PERMIT_ACCESS, granter.domid(), FRAME);
        final CompletableFuture<Void> there = CompletableFuture.runAsync(() -> mapAndCopy(granter, grantee.domid()));
        mapAndCopy(grantee, granter.domid());
        there.orTimeout(20, TimeUnit.SECONDS).join();

        assertEquals(0, host.info(granter.domid()).activeGrants());
        assertEquals(0, host.info(grantee.domid()).activeGrants());
    }

    @Test
    @Tag("SEC-005")
    void shouldNotWriteWhatIsGrantedForReading()
    {
        final int at = (FRAME + 20) * Hypercalls.PAGE_SIZE;
        granter.memory().setMemory(at, Hypercalls.PAGE_SIZE, (byte)'r');
        granter.grant(REF + 1, PERMIT_ACCESS | READONLY, grantee.domid(), FRAME + 20);
        final int dom = granter.domid();

        assertEquals(GrantStatus.GENERAL_ERROR, copy(new Copy(2, OWN, SELF, REF + 1, dom, 4096)));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(new Copy(3, REF, dom, REF + 1, dom, 4096)));
        assertEquals(GrantStatus.OKAY, copy(new Copy(1, REF + 1, dom, OWN, SELF, 4096)));
        assertEquals(GrantStatus.GENERAL_ERROR, copy(new Copy(2, OWN, SELF, REF + 1, dom, 1)), "also after a read");
        assertEquals(-1, indexOfOther(granter.memory(), at, (byte)'r'));
    }

    @Test
    @Tag("SEC-006")
    void shouldSayNothingInAResponseBeyondItsFields()
    {
        final int poison = 0x5A5A_5A5A;
        for (int op = 60; op < 90; op++)
        {
            final int asked = op;
            final int[] slot = new int[1];
            grantee.hypercall(offset ->
            {
                slot[0] = offset;
                grantee.ringPage().setMemory(offset, Hypercalls.SLOT_LENGTH, (byte)poison);
                grantee.ringPage().putShort(offset, (short)asked);
            });
            for (int at = 32; at < Hypercalls.SLOT_LENGTH; at += Integer.BYTES)
            {
                assertEquals(poison, grantee.ringPage().getInt(slot[0] + at), "op=" + op + " at=" + at);
            }
            assertEquals((short)poison, grantee.ringPage().getShort(slot[0] + 2), "op=" + op);
        }
    }

    @Test
    @Tag("SEC-007")
    void shouldUnmapAHandleOnceHoweverOftenAndFromWhereverItIsAsked()
    {
        final RawDomain other = host.newRawDomain();
        assertEquals(0, granter.moveToWindow(OWN + 1, 1, other.domid()));
        granter.grant(REF + 1, PERMIT_ACCESS, other.domid(), OWN + 1);
        for (int i = 0; i < TURNS; i++)
        {
            final long handle = grantee.map(granter.domid(), REF, 0).value0();
            assertEquals(handle, other.map(granter.domid(), REF + 1, 0).value0(), "numbers are each domain's own");
            final CompletableFuture<long[]> theirs = CompletableFuture.supplyAsync(() -> unmapAll(other, 8, handle));
            final long[] ours = unmapAll(grantee, 8, handle);

            assertEquals(1, LongStream.of(ours).filter(status -> status == GrantStatus.OKAY).count());
            assertEquals(1, LongStream.of(theirs.join()).filter(status -> status == GrantStatus.OKAY).count());
            assertEquals(0, host.info(granter.domid()).activeGrants());
        }
        other.close();
        assertEquals(0, host.destroy(other.domid()));
    }

    @Test
    @Tag("SEC-011")
    void shouldGiveEachMappingAHandleOfItsOwnWhileAnotherDomainMapsToo()
    {
        final RawDomain other = host.newRawDomain();
        assertEquals(0, granter.moveToWindow(OWN, 1, other.domid()));
        granter.grant(REF + 1, PERMIT_ACCESS, other.domid(), OWN);
        final CompletableFuture<Void> theirs = CompletableFuture.runAsync(() -> mapAndUnmapAtRandom(other, REF + 1));
        mapAndUnmapAtRandom(grantee, REF);
        theirs.orTimeout(20, TimeUnit.SECONDS).join();

        assertEquals(0, host.info(grantee.domid()).mappedGrants());
        assertEquals(0, host.info(other.domid()).mappedGrants());
        other.close();
        assertEquals(0, host.destroy(other.domid()));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x7FF0, 0x7FF1, 0x7FF2, 0x7FF3, 0x7FF4, 0x7FF5, 0x7FFF, 0x8000, 0xFFFF, 999})
    @Tag("SEC-014")
    void shouldUseNoGrantOfADomainThatIsNone(final int dom)
    {
        final short wanted = dom == SELF ? GrantStatus.GENERAL_ERROR : GrantStatus.BAD_DOMAIN;
        assertEquals(GrantStatus.BAD_DOMAIN, grantee.map(dom, REF, 0).result());
        assertEquals(wanted, copy(new Copy(1, REF, dom, OWN, SELF, 8)));
        assertEquals(wanted, copy(new Copy(2, OWN, SELF, REF, dom, 8)));
    }

    @Test
    @Tag("SEC-014")
    @Tag("SEC-017")
    void shouldFinishOrRefuseCopiesWhileTheGranterIsDestroyed()
    {
        for (int i = 0; i < 20; i++)
        {
            final RawDomain dying = host.newRawDomain();
            dying.grant(REF, PERMIT_ACCESS, grantee.domid(), FRAME);
            final int dom = dying.domid();
            final CompletableFuture<long[]> copies = CompletableFuture.supplyAsync(() -> grantee.hypercalls(
                4000, (index, offset) -> new Copy(1, REF, dom, OWN, SELF, 4096).fill(grantee, offset)));
            assertEquals(0, host.destroy(dom));
            final long[] statuses = copies.orTimeout(20, TimeUnit.SECONDS).join();

            assertTrue(LongStream.of(statuses).allMatch(
                status -> status == GrantStatus.OKAY || status == GrantStatus.BAD_DOMAIN));
            final int firstRefused = (int)LongStream.of(statuses).takeWhile(status -> status == 0).count();
            assertTrue(LongStream.of(statuses).skip(firstRefused).allMatch(status -> status != 0), "it came back");
            assertEquals(GrantStatus.BAD_DOMAIN, copy(new Copy(1, REF, dom, OWN, SELF, 8)));
            dying.close();
        }
    }

    @Test
    @Tag("SEC-026")
    void shouldDestroyADomainWithManyMappingsInAShortTime()
    {
        final RawDomain hoarder = host.newRawDomain(10, MANY_MAPTRACK_FRAMES);
        assertEquals(0, granter.moveToWindow(OWN, 1, hoarder.domid()));
        for (int i = 0; i < 8; i++)
        {
            granter.grant(REF + 1 + i, PERMIT_ACCESS, hoarder.domid(), OWN);
        }
        final long[] statuses = hoarder.hypercalls(100_000, (index, offset) -> new GnttabMapGrantRefEncoder()
            .wrap(hoarder.ringPage(), offset).op(GnttabMapGrantRefEncoder.TEMPLATE_ID).dom(granter.domid())
            .grantRef(REF + 1 + index % 8));
        assertTrue(LongStream.of(statuses).allMatch(status -> status == GrantStatus.OKAY));
        assertEquals(statuses.length, host.info(hoarder.domid()).mappedGrants());

        final long before = host.cpuTimeNs();
        assertEquals(0, host.destroy(hoarder.domid()));
        bystanders.check("after the end of a hoarder");
        final long took = host.cpuTimeNs() - before;

        assertTrue(took < PREEMPTION_NS, "the hypervisor was busy for " + took + " ns");
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (granter.grantFlags(REF + 1) != PERMIT_ACCESS)
        {
            assertTrue(System.nanoTime() < deadline, "it is still in use");
        }
        hoarder.close();
    }

    @Test
    @Tag("SEC-023")
    @Tag("SEC-033")
    void shouldDoEveryCopyOfABatchAsItWouldAloneAlsoWhenFramesAndReferencesHaveTheSameNumbers()
    {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int i = 0; i < 16; i++)
        {
            granter.grant(16 + i, i % 4 == 3 ? 0 : PERMIT_ACCESS, grantee.domid(), 32 + i);
            granter.memory().setMemory((32 + i) * Hypercalls.PAGE_SIZE, Hypercalls.PAGE_SIZE, (byte)('A' + i));
            grantee.memory().setMemory((16 + i) * Hypercalls.PAGE_SIZE, Hypercalls.PAGE_SIZE, (byte)('a' + i));
        }
        final byte[] expected = new byte[16 * Hypercalls.PAGE_SIZE];
        grantee.memory().getBytes(32 * Hypercalls.PAGE_SIZE, expected);
        final boolean[] areGranted = new boolean[1000];
        final long[] statuses = grantee.hypercalls(areGranted.length, (index, offset) ->
        {
            final int number = 16 + random.nextInt(16);
            final boolean isRef = random.nextBoolean();
            final int at = random.nextInt(32) * 128;
            final int to = random.nextInt(16);
            areGranted[index] = !isRef || number % 4 != 3;
            new GnttabCopyEncoder().wrap(grantee.ringPage(), offset).op(GnttabCopyEncoder.TEMPLATE_ID)
                .flags(isRef ? 1 : 0).sourceRefOrFrame(number).sourceDomid(isRef ? granter.domid() : SELF)
                .sourceOffset(at).destRefOrFrame(32 + to).destDomid(SELF).destOffset(at).length(128);
            for (int i = 0; areGranted[index] && i < 128; i++)
            {
                expected[to * Hypercalls.PAGE_SIZE + at + i] = (byte)((isRef ? 'A' : 'a') + number - 16);
            }
        });

        for (int i = 0; i < statuses.length; i++)
        {
            assertEquals(areGranted[i] ? GrantStatus.OKAY : GrantStatus.GENERAL_ERROR, statuses[i], "seed=" + seed);
        }
        for (int i = 0; i < expected.length; i++)
        {
            assertEquals(expected[i], grantee.memory().getByte(32 * Hypercalls.PAGE_SIZE + i), "seed=" + seed);
        }
    }

    @Test
    @Tag("SEC-030")
    void shouldGoOnWithTheFrameThatWasMappedWhenTheGranterNamesAnother()
    {
        granter.memory().setMemory((FRAME + 20) * Hypercalls.PAGE_SIZE, Hypercalls.PAGE_SIZE, (byte)'x');
        final long handle = grantee.map(granter.domid(), REF, 0).value0();
        granter.memory().putInt(Hypercalls.PAGE_SIZE + REF * 8 + 4, FRAME + 20);

        assertEquals(FRAME, grantee.map(granter.domid(), REF, 0).value1() & 0xFFFF_FFFFL);
        assertEquals(GrantStatus.OKAY, copy(new Copy(1, REF, granter.domid(), OWN, SELF, 4096)));
        assertEquals(-1, indexOfOther(grantee.memory(), OWN * Hypercalls.PAGE_SIZE, (byte)0), "of the new frame");
        assertEquals(GrantStatus.OKAY, grantee.unmap(handle));
    }

    private void mapAndCopy(final RawDomain domain, final int dom)
    {
        for (int i = 0; i < TURNS; i++)
        {
            final long handle = domain.map(dom, REF, 0).value0();
            new Copy(3, REF, dom, REF, dom, 4096).ask(domain);
            assertEquals(GrantStatus.OKAY, domain.unmap(handle));
        }
    }

    private void mapAndUnmapAtRandom(final RawDomain domain, final int ref)
    {
        final Random random = new Random(domain.domid());
        final Set<Long> handles = new TreeSet<>();
        for (int i = 0; i < TURNS * 4; i++)
        {
            if (handles.isEmpty() || random.nextInt(5) > 1)
            {
                assertTrue(handles.add(domain.map(granter.domid(), ref, 0).value0()), "a handle was given twice");
            }
            else
            {
                final long handle = handles.stream().skip(random.nextInt(handles.size())).findFirst().orElseThrow();
                handles.remove(handle);
                assertEquals(GrantStatus.OKAY, domain.unmap(handle));
            }
        }
        assertEquals(handles.size(), IntStream.range(0, TURNS * 4)
            .filter(handle -> domain.unmap(handle) == GrantStatus.OKAY).count());
    }

    private static long[] unmapAll(final RawDomain domain, final int times, final long handle)
    {
        return domain.hypercalls(times, (index, offset) -> new GnttabUnmapGrantRefEncoder()
            .wrap(domain.ringPage(), offset).op(GnttabUnmapGrantRefEncoder.TEMPLATE_ID).handle(handle));
    }

    private long copy(final Copy copy)
    {
        return copy.ask(grantee);
    }

    private static int indexOfOther(final UnsafeBuffer memory, final int at, final byte value)
    {
        return IntStream.range(0, Hypercalls.PAGE_SIZE)
            .filter(i -> memory.getByte(at + i) != value).findFirst().orElse(-1);
    }

    /** GNTTABOP_copy from offset 0 to offset 0. */
    private record Copy(int flags, long source, int sourceDomid, long dest, int destDomid, int length)
    {
        void fill(final RawDomain caller, final int offset)
        {
            new GnttabCopyEncoder().wrap(caller.ringPage(), offset).op(GnttabCopyEncoder.TEMPLATE_ID).flags(flags)
                .sourceRefOrFrame(source).sourceDomid(sourceDomid).sourceOffset(0)
                .destRefOrFrame(dest).destDomid(destDomid).destOffset(0).length(length);
        }

        long ask(final RawDomain caller)
        {
            return caller.hypercall(offset -> fill(caller, offset)).result();
        }
    }
}
