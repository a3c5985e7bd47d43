package org.skerry.kernel.grant;

import java.util.function.IntConsumer;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.LongHashSet;

/**
 * What grantees want to have moved of the memory of a domain that serves moves: into their window because they map it,
 * or home because they have unmapped it. Bounded; who is refused asks again.
 */
public final class MoveRequests
{
    /** Most moves that wait to be taken. */
    public static final int MAX_WANTED = 1024;

    private static final int FRAME_SHIFT = 32;
    private static final int GRANTEE_SHIFT = 1;

    private final Runnable onWanted;
    private final LongHashSet wanted = new LongHashSet();
    private final IntHashSet waiting = new IntHashSet();
    private final IntHashSet served = new IntHashSet();
    private boolean isTold;

    /** @param onWanted tells the domain that there is something to take. */
    public MoveRequests(final Runnable onWanted)
    {
        this.onWanted = onWanted;
    }

    /**
     * @param frame   of the domain.
     * @param grantee who will hear when it is worth another try.
     * @param isHome  whether it is to come home.
     */
    public void want(final int frame, final int grantee, final boolean isHome)
    {
        waiting.add(grantee);
        if (wanted.size() < MAX_WANTED)
        {
            wanted.add((long)frame << FRAME_SHIFT | (long)grantee << GRANTEE_SHIFT | (isHome ? 1 : 0));
        }
        if (!isTold)
        {
            isTold = true;
            onWanted.run();
        }
    }

    /** @param grantees hear that what was taken the last time has been dealt with. */
    public void tellServed(final IntConsumer grantees)
    {
        served.forEachInt(grantees);
        served.clear();
    }

    /** @return moves that can be taken; when 0, the domain will be told of the next. */
    public int count()
    {
        isTold = !wanted.isEmpty();
        return wanted.size();
    }

    /**
     * @param limit most moves, 0 to {@link #count}.
     * @param moves is given each of them.
     */
    public void take(final int limit, final MoveConsumer moves)
    {
        final LongHashSet.LongIterator iterator = wanted.iterator();
        for (int i = 0; i < limit; i++)
        {
            final long move = iterator.nextValue();
            iterator.remove();
            moves.accept((int)(move >>> FRAME_SHIFT), (int)(move >>> GRANTEE_SHIFT) & 0xFFFF, (move & 1) != 0);
        }
        served.addAll(waiting);
        waiting.clear();
    }

    /** Takes one move. */
    public interface MoveConsumer
    {
        void accept(int frame, int grantee, boolean isHome);
    }
}
