package org.skerry.toolstack.resource;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysResource;
import org.skerry.wire.linux.Unistd;

/**
 * Shares without control groups. A step of nice values is a factor of 1.25 in CPU time; the heaviest domain has the
 * lowest value and everybody else as many steps more as its weight is less. Linux compares nice values of threads
 * inside a session's autogroup only, and those of autogroups among each other, so both are set. Threads of who is not
 * root can only step down: then it is the others who step down when a domain gains weight. Caps are kept by
 * {@link DutyCycle}.
 */
final class NiceScheduler implements CpuScheduler
{
    private static final double STEP = 1.25;
    private static final int MAX_NICE = 19;
    private static final long RETRY_NS = 110_000_000;

    private final Map<LaunchedProcess, Member> members = new HashMap<>();
    private final DutyCycle dutyCycle = new DutyCycle();
    private Thread retry;

    @Override
    public synchronized void admit(final LaunchedProcess process, final Cgroup group, final SchedParams params)
    {
        members.put(process, new Member(process.pid(), params.weight()));
        dutyCycle.cap(process, params.cap());
        balance();
    }

    @Override
    public synchronized void adjust(final LaunchedProcess process, final SchedParams params)
    {
        final Member member = members.get(process);
        if (member != null)
        {
            member.weight = params.weight();
            dutyCycle.cap(process, params.cap());
            balance();
        }
    }

    @Override
    public synchronized void dismiss(final LaunchedProcess process)
    {
        members.remove(process);
        dutyCycle.cap(process, 0);
    }

    /**
     * Steps between two weights.
     *
     * @param heaviest of all.
     * @param weight   of this domain.
     * @return 0 to 19.
     */
    static int steps(final int heaviest, final int weight)
    {
        return (int)Math.min(MAX_NICE, Math.round(Math.log((double)heaviest / weight) / Math.log(STEP)));
    }

    private void balance()
    {
        final int heaviest = members.values().stream().mapToInt(member -> member.weight).max().orElse(1);
        int base = 0;
        for (final Member member : members.values())
        {
            final int steps = steps(heaviest, member.weight);
            if (steps < member.nice && !member.set(steps))
            {
                base = Math.max(base, member.nice - steps);
            }
        }
        boolean isComplete = true;
        for (final Member member : members.values())
        {
            final int steps = steps(heaviest, member.weight);
            member.set(Math.min(MAX_NICE, base + steps));
            isComplete &= member.setAutogroup(steps);
        }
        if (!isComplete && retry == null)
        {
            retry = Thread.ofVirtual().start(this::balanceLater);
        }
    }

    private void balanceLater()
    {
        LockSupport.parkNanos(RETRY_NS);
        synchronized (this)
        {
            retry = null;
            balance();
        }
    }

    /** A process and what it has. */
    private static final class Member
    {
        private final int pid;
        private int weight;
        private int nice;
        private int autogroupNice;

        Member(final int pid, final int weight)
        {
            this.pid = pid;
            this.weight = weight;
        }

        /** @return false when we have no right to. */
        boolean set(final int wanted)
        {
            if (wanted != nice)
            {
                if (Threads.forEach(pid, tid -> SysResource.setNice(tid, wanted)) < 0)
                {
                    return false;
                }
                nice = wanted;
            }

            return true;
        }

        /** @return false when Linux wants us to wait: it takes ten such writes a second, of all its users together. */
        boolean setAutogroup(final int wanted)
        {
            if (wanted != autogroupNice)
            {
                if (write("/proc/" + pid + "/autogroup", Integer.toString(wanted)) == Errno.EAGAIN.negative())
                {
                    return false;
                }
                autogroupNice = wanted;
            }

            return true;
        }

        private static int write(final String path, final String text)
        {
            final int fd = Fcntl.open(path, Fcntl.O_WRONLY | Fcntl.O_CLOEXEC, 0);
            if (fd < 0)
            {
                return fd;
            }
            final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(text.length()));
            buffer.putStringWithoutLengthAscii(0, text);
            final long written = Unistd.write(fd, buffer.addressOffset(), text.length());
            Unistd.close(fd);

            return (int)written;
        }
    }
}
