package org.skerry.guest.grant;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntBinaryOperator;
import org.agrona.collections.IntHashSet;
import org.skerry.guest.EventLoop;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.Domid;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.MoveListDecoder;
import org.skerry.wire.hypercall.ServeMovesEncoder;
import org.skerry.wire.hypercall.TakeMovesEncoder;

/**
 * For a domain whose kernel grants whatever frame it likes and does not know of windows: a frame moves into the
 * grantee's window when the grantee maps it, and home when it has unmapped it. Runs on the domain's loop.
 */
public final class FrameMover
{
    /**
     * Most frames that are away at the same time: each may cost two mappings of this process, and Linux has a limit for
     * them. What is beyond can be copied.
     */
    public static final int MAX_AWAY = 8192;

    private final HypervisorConnection connection;
    private final GrantTable grantTable;
    private final EventLoop loop;
    private final List<Move> moves = new ArrayList<>();
    private final IntHashSet away = new IntHashSet();
    private final ServeMovesEncoder serveMoves = new ServeMovesEncoder();
    private final TakeMovesEncoder takeMoves = new TakeMovesEncoder();
    private final MoveListDecoder moveList = new MoveListDecoder();
    private Consumer<Runnable> whileStopped;
    private Consumer<String> onLost;

    /**
     * @param connection of this domain.
     * @param grantTable of this domain.
     * @param loop       of this domain.
     */
    public FrameMover(final HypervisorConnection connection, final GrantTable grantTable, final EventLoop loop)
    {
        this.connection = connection;
        this.grantTable = grantTable;
        this.loop = loop;
    }

    /**
     * Move frames from now on when somebody asks for them.
     *
     * @param writersStopped runs what it is given while nobody writes the domain's memory through the mapping that
     *                       {@link org.skerry.guest.DomainMemory} has of it: a write between the copy of a frame and
     *                       its new mapping would be lost.
     * @param framesLost     is told, while they are stopped, that frames have moved and this process cannot map them
     *                       (Linux has no memory or no mapping left): from now on the writers see what is not theirs,
     *                       and must not go on.
     * @throws IllegalStateException when the hypervisor refuses.
     */
    public void serve(final Consumer<Runnable> writersStopped, final Consumer<String> framesLost)
    {
        whileStopped = writersStopped;
        onLost = framesLost;
        synchronized (connection)
        {
            serveMoves.wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).reserved(0);
            if (connection.call(serveMoves.encodedLength()) < 0)
            {
                throw new IllegalStateException("the hypervisor does not know how to move frames on demand");
            }
        }
    }

    /** @return frames that are at home in a window because somebody has mapped them. */
    public int awayCount()
    {
        return away.size();
    }

    /** Do what is wanted now, a list of it; what is left comes in a later turn of the loop. */
    public void run()
    {
        if (whileStopped != null && take())
        {
            whileStopped.accept(this::moveOrLose);
            loop.execute(this::run);
        }
    }

    private boolean take()
    {
        moves.clear();
        synchronized (connection)
        {
            takeMoves.wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).reserved(0);
            if (!connection.request(takeMoves.encodedLength()) ||
                connection.headerIn().templateId() != MoveListDecoder.TEMPLATE_ID)
            {
                return false;
            }
            moveList.wrapAndApplyHeader(connection.in(), 0, connection.headerIn());
            for (final MoveListDecoder.MovesDecoder move : moveList.moves())
            {
                moves.add(new Move((int)move.frame(), move.grantee(), move.home() == 1));
            }
        }
        moves.sort(Comparator.comparing(Move::isHome).thenComparing(Move::grantee).thenComparing(Move::frame));

        return !moves.isEmpty();
    }

    private void moveOrLose()
    {
        try
        {
            moveAll();
        }
        catch (final IllegalStateException e)
        {
            whileStopped = null;
            onLost.accept(e.getMessage());
        }
    }

    private void moveAll()
    {
        int first = 0;
        while (first < moves.size())
        {
            final Move move = moves.get(first);
            int next = first + 1;
            while (next < moves.size() && moves.get(next).isBehind(move, next - first))
            {
                next++;
            }
            if (move.isHome)
            {
                moveRun(move.frame, next - first, this::bringHome);
            }
            else if (away.size() + next - first <= MAX_AWAY)
            {
                final Domid grantee = new Domid(move.grantee);
                moveRun(move.frame, next - first, (frame, count) -> sendAway(frame, count, grantee));
            }
            first = next;
        }
    }

    /** A run is refused when one of its frames is: then each goes by itself. */
    private static void moveRun(final int firstFrame, final int count, final IntBinaryOperator mover)
    {
        for (int done = 0; done < count; done += Hypercalls.MAX_WINDOW_BATCH)
        {
            final int batch = Math.min(count - done, Hypercalls.MAX_WINDOW_BATCH);
            if (mover.applyAsInt(firstFrame + done, batch) < 0 && batch > 1)
            {
                for (int i = 0; i < batch; i++)
                {
                    mover.applyAsInt(firstFrame + done + i, 1);
                }
            }
        }
    }

    private int sendAway(final int firstFrame, final int count, final Domid grantee)
    {
        final long result = grantTable.moveToWindow(firstFrame, count, grantee, false);
        for (int frame = firstFrame; result >= 0 && frame < firstFrame + count; frame++)
        {
            away.add(frame);
        }

        return (int)Math.min(0, result);
    }

    private int bringHome(final int firstFrame, final int count)
    {
        final long result = grantTable.moveFromWindow(firstFrame, count);
        for (int frame = firstFrame; result >= 0 && frame < firstFrame + count; frame++)
        {
            away.remove(frame);
        }

        return (int)Math.min(0, result);
    }

    private record Move(int frame, int grantee, boolean isHome)
    {
        boolean isBehind(final Move first, final int distance)
        {
            return frame == first.frame + distance && grantee == first.grantee && isHome == first.isHome;
        }
    }
}
