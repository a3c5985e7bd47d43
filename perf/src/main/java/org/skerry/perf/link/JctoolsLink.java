package org.skerry.perf.link;

import java.nio.ByteBuffer;
import java.util.Queue;

import org.agrona.concurrent.UnsafeBuffer;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;
import org.skerry.wire.Blkif;

/**
 * Two JCTools queues between two threads, one for each direction. The messages stand in buffers made before; the
 * queues carry references to them, so nothing is copied and nothing is protected.
 */
public final class JctoolsLink
{
    private static final int CAPACITY = 256;
    private static final int BUFFER_COUNT = 2 * CAPACITY;   // what is queued and what is read is never written
    private static final int STRIDE = 128;

    private final Queue<UnsafeBuffer> requests = new SpscAtomicArrayQueue<>(CAPACITY);
    private final Queue<UnsafeBuffer> responses = new SpscAtomicArrayQueue<>(CAPACITY);

    /** @return the half of the thread that asks. */
    public FrontLink front()
    {
        return new Front();
    }

    /** @return the half of the thread that answers. */
    public BackLink back()
    {
        return new Back();
    }

    private static UnsafeBuffer[] buffers(final int length)
    {
        final ByteBuffer memory = ByteBuffer.allocateDirect(BUFFER_COUNT * STRIDE);
        final UnsafeBuffer[] buffers = new UnsafeBuffer[BUFFER_COUNT];
        for (int i = 0; i < BUFFER_COUNT; i++)
        {
            buffers[i] = new UnsafeBuffer(memory, i * STRIDE, length);
        }

        return buffers;
    }

    private static int poll(final Queue<UnsafeBuffer> queue, final MessageHandler handler, final int limit)
    {
        int count = 0;
        while (count < limit)
        {
            final UnsafeBuffer buffer = queue.poll();
            if (buffer == null)
            {
                break;
            }
            handler.onMessage(buffer, 0);
            count++;
        }

        return count;
    }

    private final class Front implements FrontLink
    {
        private final UnsafeBuffer[] buffers = buffers(Blkif.REQUEST_LENGTH);
        private final BlkifTraffic traffic = new BlkifTraffic();
        private final SpinBudget spinBudget = new SpinBudget();
        private int next;

        @Override
        public void begin(final RunSpec spec)
        {
            spinBudget.begin(spec.spinNs());
        }

        @Override
        public boolean offer(final long id, final int operation)
        {
            final UnsafeBuffer buffer = buffers[next & BUFFER_COUNT - 1];
            traffic.encodeRequest(buffer, 0, id, operation);
            if (!requests.offer(buffer))
            {
                return false;
            }
            next++;

            return true;
        }

        @Override
        public void flush()
        {
        }

        @Override
        public int poll(final MessageHandler handler, final int limit)
        {
            return JctoolsLink.poll(responses, handler, limit);
        }

        @Override
        public boolean isSettled()
        {
            return true;
        }

        @Override
        public void idle()
        {
            spinBudget.spinOrYield();
        }

        @Override
        public void busy()
        {
            spinBudget.reset();
        }

        @Override
        public long bellCount()
        {
            return 0;
        }
    }

    private final class Back implements BackLink
    {
        private final UnsafeBuffer[] buffers = buffers(Blkif.RESPONSE_LENGTH);
        private final SpinBudget spinBudget = new SpinBudget();
        private int next;

        @Override
        public void begin(final RunSpec spec)
        {
            spinBudget.begin(spec.spinNs());
        }

        @Override
        public int poll(final MessageHandler handler, final int limit)
        {
            return JctoolsLink.poll(requests, handler, limit);
        }

        @Override
        public boolean answer(final BlkifTraffic traffic)
        {
            final UnsafeBuffer buffer = buffers[next & BUFFER_COUNT - 1];
            traffic.encodeResponse(buffer, 0);
            if (!responses.offer(buffer))
            {
                return false;
            }
            next++;

            return true;
        }

        @Override
        public void release(final BlkifTraffic traffic)
        {
        }

        @Override
        public void flush()
        {
        }

        @Override
        public void idle()
        {
            spinBudget.spinOrYield();
        }

        @Override
        public void busy()
        {
            spinBudget.reset();
        }

        @Override
        public long bellCount()
        {
            return 0;
        }
    }
}
