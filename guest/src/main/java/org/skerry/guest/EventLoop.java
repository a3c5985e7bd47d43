package org.skerry.guest;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysEpoll;
import org.skerry.wire.linux.Unistd;

/**
 * Where a process waits. One thread owns it and runs all handlers; others may only {@link #execute}.
 */
public final class EventLoop implements AutoCloseable
{
    private static final int MAX_EVENTS = 64;
    private static final int QUEUE_CAPACITY = 4096;
    private static final int HUNG_UP = SysEpoll.EPOLLHUP | SysEpoll.EPOLLERR;

    private final NanoClock clock;
    private final int epoll = SysEpoll.create();
    private final int wakeUp = Eventfd.create();
    private final Int2ObjectHashMap<Watched> watched = new Int2ObjectHashMap<>();
    private final UnsafeBuffer readyEvents =
        new UnsafeBuffer(ByteBuffer.allocateDirect(MAX_EVENTS * SysEpoll.EPOLL_EVENT_LENGTH));
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final List<Agent> agents = new ArrayList<>();
    private final MpscAtomicArrayQueue<Runnable> tasks = new MpscAtomicArrayQueue<>(QUEUE_CAPACITY);
    private final ArrayDeque<Runnable> ownTasks = new ArrayDeque<>();
    private Runnable onTurnEnd = () -> {};
    private volatile Thread owner = Thread.currentThread();
    private long timerSequence;
    private boolean isRunning;

    /**
     * @throws IllegalStateException when Linux has no descriptors for us.
     */
    public EventLoop()
    {
        this(SystemNanoClock.INSTANCE);
    }

    /**
     * @param clock what timers go by.
     * @throws IllegalStateException when Linux has no descriptors for us.
     */
    public EventLoop(final NanoClock clock)
    {
        this.clock = clock;
        if (epoll < 0 || wakeUp < 0)
        {
            throw new IllegalStateException("no descriptors for an event loop: epoll=" + epoll + ", eventfd=" + wakeUp);
        }
        onReadable(wakeUp, () -> Eventfd.drain(wakeUp));
    }

    /**
     * Run a handler whenever a descriptor can be read, has hung up or is in error.
     *
     * @param fd      stays the caller's, who removes it before closing it.
     * @param handler replaces an earlier one.
     */
    public void onReadable(final int fd, final Runnable handler)
    {
        final Watched entry = entry(fd);
        entry.onReadable = handler;
        register(fd, entry);
    }

    /**
     * Run a handler whenever a descriptor can be written.
     *
     * @param fd      stays the caller's, who removes it before closing it.
     * @param handler replaces an earlier one; null ends the waiting.
     */
    public void onWritable(final int fd, final Runnable handler)
    {
        final Watched entry = entry(fd);
        entry.onWritable = handler;
        register(fd, entry);
    }

    /**
     * Forget a descriptor. None of its handlers runs after this, not even for what is ready already.
     *
     * @param fd known or not.
     */
    public void remove(final int fd)
    {
        final Watched entry = watched.remove(fd);
        if (entry != null && entry.events != 0)
        {
            SysEpoll.del(epoll, fd);
        }
    }

    /** @return the time that timers go by, ns. */
    public long nanoTime()
    {
        return clock.nanoTime();
    }

    /**
     * Run a task once, later.
     *
     * @param delayNs nanoseconds from now.
     * @param task    runs on the loop.
     * @return the means to cancel it.
     */
    public Timer schedule(final long delayNs, final Runnable task)
    {
        final Timer timer = new Timer(clock.nanoTime() + delayNs, timerSequence++, task);
        timers.add(timer);

        return timer;
    }

    /**
     * Run a task on the loop. Any thread may call this; another than the loop's own waits while the queue is full.
     *
     * @param task runs in the order of calls.
     */
    public void execute(final Runnable task)
    {
        if (Thread.currentThread() == owner)
        {
            ownTasks.add(task);                 // who waited here would wait for itself
            return;
        }
        while (!tasks.offer(task))
        {
            Thread.yield();
        }
        Eventfd.signal(wakeUp);
    }

    /**
     * Have an agent's duty done at every turn. The loop sleeps only when no agent had work.
     *
     * @param agent of this thread.
     */
    public void addAgent(final Agent agent)
    {
        agents.add(agent);
    }

    /**
     * @param agent as it was added.
     */
    public void removeAgent(final Agent agent)
    {
        agents.remove(agent);
    }

    /**
     * Run a handler at the end of each turn: what several handlers of a turn caused can be done at once.
     *
     * @param handler replaces an earlier one.
     */
    public void onTurnEnd(final Runnable handler)
    {
        onTurnEnd = handler;
    }

    /** Poll until {@link #stop}. */
    public void run()
    {
        isRunning = true;
        while (isRunning)
        {
            poll(-1);
        }
    }

    /** Let {@link #run} return after the turn. */
    public void stop()
    {
        isRunning = false;
    }

    /**
     * One turn: agents, then what is ready, then what is due, then what the turn's end is for.
     *
     * @param timeoutMs milliseconds to wait for something, -1 for ever.
     */
    public void poll(final int timeoutMs)
    {
        owner = Thread.currentThread();
        int workCount = 0;
        for (int i = 0; i < agents.size(); i++)
        {
            workCount += doWork(agents.get(i));
        }

        final long events = readyEvents.addressOffset();
        final int timeout = workCount > 0 || !tasks.isEmpty() || !ownTasks.isEmpty() ? 0 : untilTimer(timeoutMs);
        final int ready = SysEpoll.waitFor(epoll, events, MAX_EVENTS, timeout);
        for (int i = 0; i < ready; i++)
        {
            dispatch((int)SysEpoll.data(events, i), SysEpoll.events(events, i));
        }
        runTasks();
        runTimers();
        onTurnEnd.run();
    }

    /** Wait for nothing any more. */
    @Override
    public void close()
    {
        Unistd.close(epoll);
        Unistd.close(wakeUp);
    }

    private void dispatch(final int fd, final int readiness)
    {
        final Watched entry = watched.get(fd);
        if (entry == null)
        {
            return;
        }
        if ((readiness & (SysEpoll.EPOLLIN | HUNG_UP)) != 0 && entry.onReadable != null)
        {
            entry.onReadable.run();
        }
        if ((readiness & (SysEpoll.EPOLLOUT | HUNG_UP)) != 0 && watched.get(fd) == entry && entry.onWritable != null)
        {
            entry.onWritable.run();
        }
    }

    private void runTasks()
    {
        for (int i = ownTasks.size(); i > 0; i--)
        {
            ownTasks.poll().run();
        }
        for (int i = tasks.size(); i > 0; i--)
        {
            final Runnable task = tasks.poll();
            if (task == null)
            {
                return;
            }
            task.run();
        }
    }

    private void runTimers()
    {
        while (!timers.isEmpty() && timers.peek().deadlineNs - clock.nanoTime() <= 0)
        {
            final Timer timer = timers.poll();
            if (!timer.isCancelled)
            {
                timer.isCancelled = true;
                timer.task.run();
            }
        }
    }

    private int untilTimer(final int timeoutMs)
    {
        while (!timers.isEmpty() && timers.peek().isCancelled)
        {
            timers.poll();
        }
        if (timers.isEmpty())
        {
            return timeoutMs;
        }

        final long leftNs = Math.max(0, timers.peek().deadlineNs - clock.nanoTime());
        final long leftMs = TimeUnit.NANOSECONDS.toMillis(leftNs + 999_999);
        return (int)(timeoutMs < 0 ? Math.min(leftMs, Integer.MAX_VALUE) : Math.min(leftMs, timeoutMs));
    }

    private Watched entry(final int fd)
    {
        Watched entry = watched.get(fd);
        if (entry == null)
        {
            entry = new Watched();
            watched.put(fd, entry);
        }

        return entry;
    }

    private void register(final int fd, final Watched entry)
    {
        final int wanted = (entry.onReadable != null ? SysEpoll.EPOLLIN : 0) |
            (entry.onWritable != null ? SysEpoll.EPOLLOUT : 0);
        final int result = entry.events == 0 ?
            SysEpoll.add(epoll, fd, wanted, fd) : SysEpoll.mod(epoll, fd, wanted, fd);
        if (result < 0)
        {
            throw new IllegalStateException("cannot wait for a descriptor: fd=" + fd + ", errno=" + -result);
        }
        entry.events = wanted | SysEpoll.EPOLLHUP;
    }

    private static int doWork(final Agent agent)
    {
        try
        {
            return agent.doWork();
        }
        catch (final Exception e)
        {
            throw new IllegalStateException("agent failed: " + agent.roleName(), e);
        }
    }

    private static final class Watched
    {
        private Runnable onReadable;
        private Runnable onWritable;
        private int events;
    }

    /**
     * A task that will run once.
     */
    public static final class Timer implements Comparable<Timer>
    {
        private final long deadlineNs;
        private final long sequence;
        private final Runnable task;
        private boolean isCancelled;

        private Timer(final long deadlineNs, final long sequence, final Runnable task)
        {
            this.deadlineNs = deadlineNs;
            this.sequence = sequence;
            this.task = task;
        }

        /** The task will not run, unless it has. */
        public void cancel()
        {
            isCancelled = true;
        }

        @Override
        public int compareTo(final Timer other)
        {
            final int byTime = Long.signum(deadlineNs - other.deadlineNs);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }
}
