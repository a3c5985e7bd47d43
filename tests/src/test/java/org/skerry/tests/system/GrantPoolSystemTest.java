package org.skerry.tests.system;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.guest.Domain;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantPool;
import org.skerry.tests.hostile.MemoryFiles;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Pools of granted frames between honest domains: many frames, few areas of memory, both kinds of windows. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GrantPoolSystemTest
{
    private static final int FRAMES = 4096;
    private static final int PAGE = 4096;
    private static final String FILES = "skerry-domain-";

    private final TestHost host = new TestHost(8);
    private final Domain front = host.newDomain("front", FRAMES);
    private final Domain back = host.newDomain("back", FRAMES);

    @AfterEach
    void close()
    {
        host.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNeedFewAreasOfMemoryHoweverManyFramesAreGrantedBothWays(final boolean isReadOnly) throws GrantException
    {
        final int count = isReadOnly ? 1000 : 2000;
        final int freeBefore = front.memory().freeFrameCount();
        final long before = MemoryFiles.mappings(FILES);
        final GrantPool there = allocate(front, back.domid(), count, isReadOnly);
        final GrantPool here = allocate(back, front.domid(), count, isReadOnly);
        final List<GrantMapping> mappings = new ArrayList<>();
        mapAll(mappings, there, front, back, isReadOnly);
        mapAll(mappings, here, back, front, isReadOnly);

        final long granted = MemoryFiles.mappings(FILES);
        // For each direction: the file before, the pool and the file behind it; the windows of kernel and grantee, and
        // where it is read-only the granter's own view of all of it.
        assertTrue(granted - before <= 2 * (2 + 3), "areas before: " + before + ", then: " + granted);

        mappings.forEach(GrantMapping::close);
        there.close();
        here.close();
        assertEquals(freeBefore, front.memory().freeFrameCount());
        final long after = MemoryFiles.mappings(FILES);
        assertTrue(after - before <= 2 * 2, "areas before: " + before + ", after: " + after);
    }

    @Test
    void shouldShowAReadOnlyPoolToTheGranteeAndTakeItBack() throws GrantException
    {
        final GrantPool pool = front.grantTable().allocateReadOnlyPool(back.domid(), 3);
        pool.buffer().putLong(2 * PAGE, 5);
        final GrantRef ref = pool.grantAccess(2, true);

        assertEquals(GrantStatus.GENERAL_ERROR, assertThrows(GrantException.class,
            () -> back.foreignGrants().map(front.domid(), ref, false)).status());
        try (GrantMapping mapping = back.foreignGrants().map(front.domid(), ref, true))
        {
            assertEquals(5, mapping.buffer().getLong(0));
            pool.buffer().putLong(2 * PAGE, 6);
            assertEquals(6, mapping.buffer().getLong(0));
            assertFalse(front.grantTable().endAccess(ref), "it is mapped");
        }
        assertTrue(front.grantTable().endAccess(ref));
    }

    @Test
    void shouldMakeSeveralReadOnlyPoolsForAGranteeAndUseTheirPlacesAgain() throws GrantException
    {
        final int free = front.memory().freeFrameCount();
        for (int i = 0; i < 5; i++)
        {
            final GrantPool first = front.grantTable().allocateReadOnlyPool(back.domid(), 500);
            final GrantPool second = front.grantTable().allocateReadOnlyPool(back.domid(), 500);
            assertThrows(IllegalStateException.class,
                () -> front.grantTable().allocateReadOnlyPool(back.domid(), 500), "no place left in the window");
            second.buffer().putLong(499 * PAGE, i);
            try (GrantMapping mapping =
                back.foreignGrants().map(front.domid(), second.grantAccess(499, true), true))
            {
                assertEquals(i, mapping.buffer().getLong(0));
            }
            first.close();
            second.close();
            assertEquals(free, front.memory().freeFrameCount());
        }
    }

    @Test
    void shouldMakeReadOnlyPoolsForALaterDomainOfTheSameNumber() throws GrantException
    {
        final Domain first = TestHost.attach(host.newUnattachedDomain("back", 64, 500));
        final GrantPool old = front.grantTable().allocateReadOnlyPool(first.domid(), 4);
        old.buffer().putLong(0, 1);
        assertEquals(0, host.destroy(500));
        final Domain second = TestHost.attach(host.newUnattachedDomain("back", 64, 500));

        final GrantPool renewed = front.grantTable().allocateReadOnlyPool(second.domid(), 4);
        renewed.buffer().putLong(0, 2);

        assertEquals(1, old.buffer().getLong(0), "still ours");
        final GrantRef ref = renewed.grantAccess(0, true);
        assertEquals(2, second.foreignGrants().map(front.domid(), ref, true).buffer().getLong(0));
        old.close();
    }

    private static GrantPool allocate(
        final Domain granter, final Domid grantee, final int count, final boolean isReadOnly)
    {
        return isReadOnly ? granter.grantTable().allocateReadOnlyPool(grantee, count) :
            granter.grantTable().allocatePool(grantee, count);
    }

    private static void mapAll(
        final List<GrantMapping> mappings, final GrantPool pool, final Domain granter, final Domain grantee,
        final boolean isReadOnly) throws GrantException
    {
        for (int i = 0; i < pool.frameCount(); i++)
        {
            pool.buffer().putLong(i * PAGE, i);
            final GrantMapping mapping =
                grantee.foreignGrants().map(granter.domid(), pool.grantAccess(i, isReadOnly), isReadOnly);
            assertEquals(i, mapping.buffer().getLong(0));
            mappings.add(mapping);
        }
    }
}
