package org.skerry.tests.system;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantedPages;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Frames that a domain grants wherever they lie and moves when somebody maps them, as a Linux guest needs it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GrantOnDemandSystemTest
{
    private static final int FRAMES = 256;
    private static final int PAGE = 4096;

    private final TestHost host = new TestHost(8);
    private final Domain front = host.newDomain("front", FRAMES);
    private final Domain back = host.newDomain("back", FRAMES);
    private int stops;
    private int moved;

    @BeforeEach
    void serve()
    {
        front.frameMover().serve(moves ->
        {
            stops++;
            moves.run();
        }, Assertions::fail);
    }

    @AfterEach
    void close()
    {
        host.close();
    }

    @Test
    void shouldMoveAFrameWhenItIsMappedAndHomeWhenItIsUnmapped() throws GrantException
    {
        final DomainMemory.Frames frames = front.memory().allocate(3);
        frames.buffer().putLong(0, 1);
        frames.buffer().putLong(PAGE, 2);
        final GrantRef ref = front.grantTable().grantAccess(back.domid(), frames.firstFrame() + 1, false);

        assertEquals(GrantStatus.EAGAIN, mapStatus(ref));
        awaitMoved();
        assertEquals(1, stops);
        assertEquals(1, front.frameMover().awayCount());
        final GrantMapping mapping = back.foreignGrants().map(front.domid(), ref, false);
        assertEquals(2, mapping.buffer().getLong(0));
        mapping.buffer().putLong(0, 3);
        assertEquals(3, frames.buffer().getLong(PAGE));
        frames.buffer().putLong(PAGE, 4);
        assertEquals(4, mapping.buffer().getLong(0));
        final UnsafeBuffer neighbour = new UnsafeBuffer(mapping.address() - PAGE, PAGE);
        assertEquals(0, neighbour.getLong(0), "a page that was not granted");

        mapping.close();
        final boolean[] isLeft = {false};
        back.foreignGrants().whenLeft(front.domid(), () -> isLeft[0] = true);
        assertFalse(isLeft[0]);
        assertFalse(front.grantTable().endAccess(ref), "before the page is home nobody may think that it is free");
        await(() -> isLeft[0]);
        assertEquals(0, front.frameMover().awayCount());
        assertTrue(front.grantTable().endAccess(ref));
        assertEquals(4, frames.buffer().getLong(PAGE));
        assertEquals(1, frames.buffer().getLong(0));
    }

    @Test
    void shouldLineUpPagesThatLieAnywhere() throws GrantException
    {
        final DomainMemory.Frames frames = front.memory().allocate(8);
        final int[] order = {6, 1, 3, 0};
        final int[] refs = new int[order.length];
        for (int i = 0; i < order.length; i++)
        {
            frames.buffer().putInt(order[i] * PAGE, i);
            refs[i] = front.grantTable().grantAccess(back.domid(), frames.firstFrame() + order[i], false).value();
        }

        final GrantedPages pages = back.foreignGrants().pages(front.domid(), refs);
        assertFalse(pages.tryMap());
        awaitMoved();
        assertTrue(pages.tryMap());
        assertEquals(1, stops, "one stop for all");
        for (int i = 0; i < order.length; i++)
        {
            assertEquals(i, pages.buffer().getInt(i * PAGE));
        }
        pages.buffer().putInt(2 * PAGE, 77);
        assertEquals(77, frames.buffer().getInt(3 * PAGE));
        pages.close();
        await(() -> front.frameMover().awayCount() == 0);
        assertEquals(77, frames.buffer().getInt(3 * PAGE));
    }

    @Test
    void shouldBringFramesHomeWhenTheirGranteeDies() throws GrantException
    {
        final DomainMemory.Frames frames = front.memory().allocate(2);
        frames.buffer().putLong(PAGE, 5);
        final GrantRef ref = front.grantTable().grantAccess(back.domid(), frames.firstFrame() + 1, false);
        assertEquals(GrantStatus.EAGAIN, mapStatus(ref));
        awaitMoved();
        back.foreignGrants().map(front.domid(), ref, false);

        assertEquals(0, host.destroy(back.domid().value()));
        assertFalse(front.grantTable().endAccess(ref), "the page is still in the window of the dead");
        await(() -> front.grantTable().endAccess(ref));
        assertEquals(5, frames.buffer().getLong(PAGE));
        assertEquals(0, front.frameMover().awayCount());
    }

    @Test
    void shouldLetAPageBeCopiedWhereverItIs() throws GrantException
    {
        final DomainMemory.Frames frames = front.memory().allocate(1);
        final DomainMemory.Frames target = back.memory().allocate(1);
        final GrantRef ref = front.grantTable().grantAccess(back.domid(), frames.firstFrame(), false);
        final var batch = back.foreignGrants().newCopyBatch(1);
        for (final long value : new long[] {8, 9})
        {
            frames.buffer().putLong(0, value);
            batch.addCopyFrom(front.domid().value(), ref.value(), 0, target.firstFrame(), 0, PAGE);
            batch.execute();
            assertEquals(GrantStatus.OKAY, batch.status(0));
            assertEquals(value, target.buffer().getLong(0));
            batch.clear();
            if (value == 8)
            {
                assertEquals(GrantStatus.EAGAIN, mapStatus(ref));
                awaitMoved();
                back.foreignGrants().map(front.domid(), ref, false);
            }
        }
    }

    @Test
    void shouldNotMoveWhatIsNotTheDomainsToGive()
    {
        final GrantRef table = front.grantTable().grantAccess(back.domid(), 0, false);
        assertEquals(GrantStatus.BAD_PAGE, mapStatus(table), "the grant table itself");
        final DomainMemory.Frames frames = front.memory().allocate(1);
        final GrantRef readOnly = front.grantTable().grantAccess(back.domid(), frames.firstFrame(), true);
        assertEquals(GrantStatus.GENERAL_ERROR, mapStatus(readOnly));
    }

    private int mapStatus(final GrantRef ref)
    {
        return assertThrows(
            GrantException.class, () -> back.foreignGrants().map(front.domid(), ref, false)).status();
    }

    private void awaitMoved()
    {
        final int before = moved;
        back.foreignGrants().whenMoved(front.domid(), () -> moved++);
        await(() -> moved > before);
    }

    private void await(final BooleanSupplier isDone)
    {
        while (!isDone.getAsBoolean())
        {
            front.loop().poll(1);
            back.loop().poll(1);
        }
    }
}
