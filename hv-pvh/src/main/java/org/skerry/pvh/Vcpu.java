package org.skerry.pvh;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Errno;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Kvm;
import org.skerry.wire.linux.Kvm.Regs;
import org.skerry.wire.linux.Kvm.Run;
import org.skerry.wire.linux.Kvm.Sregs;
import org.skerry.wire.linux.Signal;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * One processor of the guest: a thread that lets KVM run it, and does what the guest stopped for. Only this thread
 * makes calls on the vCPU once it runs.
 */
final class Vcpu
{
    /** Ends a run; nobody else uses this signal. */
    static final int KICK = Signal.SIGURG;

    /** The port whose {@code out} is a hypercall; no device of a PC answers there. */
    static final int HYPERCALL_PORT = 0xEA;

    private static final int HYPERCALL_LENGTH = 4;
    private static final int[] HYPERCALL_ARGS = {
        Regs.RDI_OFFSET, Regs.RSI_OFFSET, Regs.RDX_OFFSET, Regs.R10_OFFSET, Regs.R8_OFFSET};
    private static final long EFER_LMA = 1 << 10;
    private static final long CLOCK_SYNC_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long KICK_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long CLOCK_READ_NS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final int CLOCK_READS = 5;
    /** Most that a guest waits for an event at once; returning early is allowed. */
    private static final long LONGEST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int EXIT_XEN_HYPERCALL = 1;

    private final int id;
    private final int fd;
    private final UnsafeBuffer run;
    private final PvhGuest guest;
    private final HypercallFrame frame;
    private final PortIo portIo;
    private final Thread thread;
    private final ExitCounts exits = new ExitCounts();
    private volatile boolean isInside;
    private volatile boolean isPolling;
    private volatile int tid;
    private long clockSyncedAtNs;
    private long hostMinusGuestNs;

    Vcpu(final int id, final int fd, final UnsafeBuffer run, final PvhGuest guest)
    {
        this.id = id;
        this.fd = fd;
        this.run = run;
        this.guest = guest;
        frame = new HypercallFrame(this, guest.newMemory());
        portIo = new PortIo(guest, run);
        thread = Thread.ofPlatform().daemon().name("vcpu-" + id).unstarted(this::run);
        clockSyncedAtNs = System.nanoTime() - CLOCK_SYNC_NS;
        run.putLong(Run.KVM_VALID_REGS_OFFSET, Kvm.SYNC_X86_REGS | Kvm.SYNC_X86_SREGS);
    }

    /** @return its number, which is its LAPIC's, too. */
    int id()
    {
        return id;
    }

    /** @return how often it came out to us, and why. */
    ExitCounts exits()
    {
        return exits;
    }

    void start()
    {
        thread.start();
    }

    /** See that the thread is outside, or comes out. From another thread, while the set is stopping. */
    void sendOutside()
    {
        long kickAtNs = System.nanoTime();
        while (isInside)
        {
            if (kickAtNs - System.nanoTime() <= 0)  // once is enough; more would keep it from coming out
            {
                run.putByteVolatile(Run.IMMEDIATE_EXIT_OFFSET, (byte)1);
                Signal.sendToThread(tid, KICK);
                kickAtNs = System.nanoTime() + KICK_AGAIN_NS;
            }
            Thread.yield();
        }
    }

    void wakeUp()
    {
        LockSupport.unpark(thread);
    }

    void wakeIfPolling()
    {
        if (isPolling)
        {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Do something on the loop and wait for it, outside. On this vCPU's thread.
     *
     * @param task may touch the guest's memory.
     * @return what it returns; 0 when the guest ends meanwhile.
     */
    long onLoop(final LongSupplier task)
    {
        final LoopTask waiting = new LoopTask(task, thread);
        isInside = false;
        guest.domain().loop().execute(waiting);
        while (!waiting.isDone && !guest.vcpus().isOver())
        {
            LockSupport.park(waiting);
        }
        goInside();

        return waiting.result;
    }

    /**
     * Wait, outside, until a port has an event or this vCPU has an upcall, or for a while.
     *
     * @param deadlineNs of the host's monotonic clock; 0 for none.
     * @param portCount  ports to look at.
     * @param ports      their numbers, 32 bits each.
     */
    void awaitEvent(final long deadlineNs, final int portCount, final UnsafeBuffer ports)
    {
        final long now = System.nanoTime();
        final long longest = now + LONGEST_WAIT_NS;
        final long end = deadlineNs == 0 || deadlineNs - longest > 0 ? longest : deadlineNs;
        isPolling = true;
        isInside = false;
        while (!hasEvent(portCount, ports) && end - System.nanoTime() > 0 && !guest.vcpus().isOver())
        {
            LockSupport.parkNanos(this, end - System.nanoTime());
        }
        isPolling = false;
        goInside();
    }

    /**
     * On this vCPU's thread.
     *
     * @param guestNs the guest's time.
     * @return what the host's monotonic clock says then, 1 or more.
     */
    long hostDeadlineNs(final long guestNs)
    {
        if (System.nanoTime() - clockSyncedAtNs >= CLOCK_SYNC_NS)   // the clocks drift apart: the host's is steered
        {
            syncClocks();
        }

        final boolean isFar = guestNs < 0 || guestNs > Long.MAX_VALUE - Math.max(0, hostMinusGuestNs);

        return isFar ? Long.MAX_VALUE : Math.max(1, guestNs + hostMinusGuestNs);
    }

    /** The thread may lose its processor between the two clocks; what is left of it makes timers late, never early. */
    private void syncClocks()
    {
        long shortestNs = Long.MAX_VALUE;
        for (int i = 0; i < CLOCK_READS && shortestNs > CLOCK_READ_NS; i++)
        {
            final long before = System.nanoTime();
            final long guestNs = guest.clock().timeNs(Kvm.readMsr(fd, Kvm.MSR_IA32_TSC));
            clockSyncedAtNs = System.nanoTime();
            if (clockSyncedAtNs - before < shortestNs)
            {
                shortestNs = clockSyncedAtNs - before;
                hostMinusGuestNs = clockSyncedAtNs - guestNs;
            }
        }
    }

    /** The thread has not been started, or has ended. */
    void close()
    {
        SysMman.munmap(run.addressOffset(), run.capacity());
        Unistd.close(fd);
    }

    void join() throws InterruptedException
    {
        if (thread.getState() != Thread.State.NEW)
        {
            thread.join();
        }
    }

    private void run()
    {
        tid = Unistd.gettid();
        try
        {
            while (goInside())
            {
                guest.upcalls().resend(id);
                runOnce();
                isInside = false;
            }
        }
        catch (final RuntimeException e)
        {
            e.printStackTrace();
            guest.end(ShutdownReason.CRASH, "vCPU " + id + ": " + e);
        }
        finally
        {
            isInside = false;
        }
    }

    /** @return false, and outside, when the guest has ended. */
    private boolean goInside()
    {
        while (!guest.vcpus().isOver())
        {
            isInside = true;
            if (!guest.vcpus().isStopping())
            {
                return true;
            }
            isInside = false;
            guest.vcpus().awaitResume();
        }

        return false;
    }

    private void runOnce()
    {
        final int result = Kvm.run(fd);
        if (result == Errno.EINTR.negative() || result == Errno.EAGAIN.negative())
        {
            exits.kicks++;
            run.putByteVolatile(Run.IMMEDIATE_EXIT_OFFSET, (byte)0);
            return;
        }
        if (result < 0)
        {
            crash("KVM cannot run it: " + Errno.nameOf(result));
            return;
        }

        final int reason = run.getInt(Run.EXIT_REASON_OFFSET);
        switch (reason)
        {
            case Kvm.EXIT_IO ->
            {
                if (isHypercall())
                {
                    hypercall();
                }
                else
                {
                    exits.devices++;
                    portIo.serve();
                }
            }
            case Kvm.EXIT_XEN -> interceptedHypercall();
            case Kvm.EXIT_MMIO ->
            {
                exits.devices++;
                portIo.serveMemory();
            }
            case Kvm.EXIT_X86_RDMSR ->
            {
                exits.others++;
                run.putByte(Run.MSR_ERROR_OFFSET, (byte)1);
            }
            case Kvm.EXIT_X86_WRMSR -> writeMsr();
            case Kvm.EXIT_INTR, Kvm.EXIT_HLT -> exits.others++;
            case Kvm.EXIT_SHUTDOWN -> crash("triple fault");
            case Kvm.EXIT_INTERNAL_ERROR -> crash("KVM cannot emulate what the guest does: suberror=" +
                run.getInt(Run.INTERNAL_SUBERROR_OFFSET));
            case Kvm.EXIT_FAIL_ENTRY -> crash("the processor refuses the guest's registers: reason=0x" +
                Long.toHexString(run.getLong(Run.FAIL_ENTRY_REASON_OFFSET)));
            default -> crash("KVM stops for an unknown reason: exit=" + reason);
        }
    }

    private boolean isHypercall()
    {
        return (run.getShort(Run.IO_PORT_OFFSET) & 0xFFFF) == HYPERCALL_PORT &&
            run.getByte(Run.IO_DIRECTION_OFFSET) == 1 && run.getByte(Run.IO_SIZE_OFFSET) == HYPERCALL_LENGTH &&
            run.getInt(Run.IO_COUNT_OFFSET) == 1;
    }

    /** Only the guest's kernel calls us, and only a 64-bit one: the structures of others look different. */
    private void hypercall()
    {
        final int sregs = Run.SYNC_SREGS_OFFSET;
        final boolean isLongMode = (run.getLong(sregs + Sregs.EFER_OFFSET) & EFER_LMA) != 0 &&
            run.getByte(sregs + Sregs.CS_OFFSET + Sregs.SEGMENT_L_OFFSET) != 0;
        final boolean isKernel = run.getByte(sregs + Sregs.SS_OFFSET + Sregs.SEGMENT_DPL_OFFSET) == 0;
        final long number = run.getLong(Run.SYNC_REGS_OFFSET + Regs.RAX_OFFSET);
        for (int i = 0; i < HYPERCALL_ARGS.length; i++)
        {
            frame.arg(i, run.getLong(Run.SYNC_REGS_OFFSET + HYPERCALL_ARGS[i]));
        }
        final long result = call(number, isLongMode, isKernel);
        run.putLong(Run.SYNC_REGS_OFFSET + Regs.RAX_OFFSET, result);
        run.putLong(Run.KVM_DIRTY_REGS_OFFSET, Kvm.SYNC_X86_REGS);
    }

    private void interceptedHypercall()
    {
        if (run.getInt(Run.XEN_TYPE_OFFSET) != EXIT_XEN_HYPERCALL)
        {
            return;
        }
        for (int i = 0; i < HYPERCALL_ARGS.length; i++)
        {
            frame.arg(i, run.getLong(Run.XEN_PARAMS_OFFSET + i * Long.BYTES));
        }
        run.putLong(Run.XEN_RESULT_OFFSET, call(run.getLong(Run.XEN_INPUT_OFFSET),
            run.getInt(Run.XEN_LONGMODE_OFFSET) != 0, run.getInt(Run.XEN_CPL_OFFSET) == 0));
    }

    private long call(final long number, final boolean isLongMode, final boolean isKernel)
    {
        exits.hypercalls++;
        if (!isKernel)
        {
            return Errno.EPERM.negative();
        }
        if (!isLongMode)
        {
            return Errno.ENOSYS.negative();
        }
        frame.begin(run.getLong(Run.SYNC_SREGS_OFFSET + Sregs.CR3_OFFSET));

        return guest.hypercalls().call(number, frame);
    }

    /** A guest that does not intercept and has no rewritten instructions asks for its hypercall page. */
    private void writeMsr()
    {
        exits.others++;
        final boolean isDone = run.getInt(Run.MSR_INDEX_OFFSET) == VirtualMachine.HYPERCALL_MSR &&
            guest.putHypercallPage(run.getLong(Run.MSR_DATA_OFFSET));
        run.putByte(Run.MSR_ERROR_OFFSET, (byte)(isDone ? 0 : 1));
    }

    private boolean hasEvent(final int portCount, final UnsafeBuffer ports)
    {
        if (guest.sharedInfo().isUpcallPending(id))
        {
            return true;
        }
        for (int i = 0; i < portCount; i++)
        {
            final int port = ports.getInt(i * Integer.BYTES);
            if (guest.ports().find(port) != null && guest.sharedInfo().isPending(port))
            {
                return true;
            }
        }

        return false;
    }

    private void crash(final String why)
    {
        guest.end(ShutdownReason.CRASH, String.format("vCPU %d: %s; rip=0x%x, rsp=0x%x, cr3=0x%x", id, why,
            run.getLong(Run.SYNC_REGS_OFFSET + Regs.RIP_OFFSET), run.getLong(Run.SYNC_REGS_OFFSET + Regs.RSP_OFFSET),
            run.getLong(Run.SYNC_SREGS_OFFSET + Sregs.CR3_OFFSET)));
    }

    /** What a vCPU has the loop do. */
    private static final class LoopTask implements Runnable
    {
        private final LongSupplier task;
        private final Thread waiter;
        private long result;
        private volatile boolean isDone;

        LoopTask(final LongSupplier task, final Thread waiter)
        {
            this.task = task;
            this.waiter = waiter;
        }

        @Override
        public void run()
        {
            result = task.getAsLong();
            isDone = true;
            LockSupport.unpark(waiter);
        }
    }
}
