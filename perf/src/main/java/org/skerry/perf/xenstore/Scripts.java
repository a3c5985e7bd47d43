package org.skerry.perf.xenstore;

import java.util.ArrayList;
import java.util.List;

import org.skerry.perf.ring.MeasurementException;
import org.skerry.wire.xs.XsOp;

/** The scripts of the rows. */
final class Scripts
{
    private Scripts()
    {
    }

    /** A request with its payload. */
    record Step(XsOp op, byte[] payload)
    {
        static Step of(final XsOp op, final String payload)
        {
            return new Step(op, StoreLink.bytes(payload));
        }
    }

    /** The same steps again and again, each a unit; any depth. */
    static final class Cycle implements Script
    {
        private final Step[] steps;
        private int next;

        Cycle(final Step... steps)
        {
            this.steps = steps.clone();
        }

        @Override
        public void begin(final StoreLink link)
        {
            final Step step = steps[next];
            next = (next + 1) % steps.length;
            link.put(step.op(), 0, step.payload());
        }

        @Override
        public boolean onReply(final StoreLink link)
        {
            if (link.isError())
            {
                throw new MeasurementException("refused: " + link.text());
            }

            return true;
        }
    }

    /** A transaction, done again until it is committed; its steps are a unit. */
    static class InTransaction implements Script
    {
        private static final byte[] START = {0};
        private static final byte[] COMMIT = {'T', 0};

        private List<Step> steps;
        private int txId;
        private int position;
        private long attemptCount;
        private long conflictCount;

        InTransaction(final List<Step> steps)
        {
            this.steps = steps;
        }

        /** @return what the next unit does. */
        List<Step> nextSteps()
        {
            return steps;
        }

        @Override
        public final void begin(final StoreLink link)
        {
            steps = nextSteps();
            start(link);
        }

        private void start(final StoreLink link)
        {
            attemptCount++;
            position = -1;
            link.put(XsOp.TRANSACTION_START, 0, START);
        }

        @Override
        public final boolean onReply(final StoreLink link)
        {
            final boolean isEnd = position == steps.size();

            if (link.isError() && isEnd && link.text().startsWith("EAGAIN"))
            {
                conflictCount++;
                start(link);
                return false;
            }
            if (link.isError())
            {
                throw new MeasurementException("refused in a transaction: " + link.text());
            }
            if (isEnd)
            {
                return true;
            }

            txId = position < 0 ? link.number() : txId;
            position++;

            if (position < steps.size())
            {
                link.put(steps.get(position).op(), txId, steps.get(position).payload());
            }
            else
            {
                link.put(XsOp.TRANSACTION_END, txId, COMMIT);
            }

            return false;
        }

        long attemptCount()
        {
            return attemptCount;
        }

        long conflictCount()
        {
            return conflictCount;
        }
    }

    /** Three reads and three writes. */
    static InTransaction readsAndWrites(final String directory)
    {
        final List<Step> steps = new ArrayList<>();

        for (int i = 0; i < 3; i++)
        {
            steps.add(Step.of(XsOp.READ, directory + "/n" + i + '|'));
            steps.add(Step.of(XsOp.WRITE, directory + "/n" + i + "|value"));
        }

        return new InTransaction(steps);
    }

    /** Three reads, then three new leaves in a directory that others fill, too. */
    static InTransaction newLeaves(final String directory, final int client)
    {
        return new InTransaction(null)
        {
            private int count;

            @Override
            List<Step> nextSteps()
            {
                final List<Step> steps = new ArrayList<>();
                count++;

                for (int i = 0; i < 3; i++)
                {
                    steps.add(Step.of(XsOp.READ, "/perf/own" + client + "/n" + i + '|'));
                    steps.add(Step.of(XsOp.WRITE,
                        directory + "/c" + client + '-' + (count * 3 + i) % 64 + "|value"));
                }

                return steps;
            }
        };
    }
}
