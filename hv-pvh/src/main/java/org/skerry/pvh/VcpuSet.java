package org.skerry.pvh;

import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

import org.skerry.wire.linux.Signal;

/**
 * All vCPUs of a guest, and how they are stopped. A vCPU is <i>inside</i> while its thread runs the guest or touches
 * the guest's memory; it goes inside only when nobody wants it outside.
 * <pre>
 *   vCPU                                         who stops it
 *     isInside = true                              isStopping = true
 *     isStopping? isInside = false, wait           isInside? end its run, look again
 *     run, handle the exit
 *     isInside = false
 * </pre>
 * Each writes its own word before it reads the other's, so one of them sees the other.
 */
public final class VcpuSet
{
    private final List<Vcpu> vcpus;
    private volatile boolean isStopping;
    private volatile boolean isOver;

    VcpuSet(final List<Vcpu> vcpus)
    {
        this.vcpus = vcpus;
        if (Signal.handleByNothing(Vcpu.KICK) < 0)
        {
            throw new IllegalStateException("no handler for signal " + Vcpu.KICK);
        }
    }

    /** @return vCPUs of the guest, those included that it has not started. */
    public int count()
    {
        return vcpus.size();
    }

    /**
     * Do something while no vCPU runs and none touches the guest's memory. From any thread but a vCPU's; one at a time.
     *
     * @param action must not wait for a vCPU.
     */
    public void whileStopped(final Runnable action)
    {
        whileStopped(() ->
        {
            action.run();
            return 0;
        });
    }

    synchronized long whileStopped(final LongSupplier action)
    {
        isStopping = true;
        try
        {
            for (final Vcpu vcpu : vcpus)
            {
                vcpu.sendOutside();
            }

            return action.getAsLong();
        }
        finally
        {
            isStopping = false;
            vcpus.forEach(Vcpu::wakeUp);
        }
    }

    void start()
    {
        vcpus.forEach(Vcpu::start);
    }

    /** The guest has ended: no vCPU goes inside again. From any thread. */
    void end()
    {
        isOver = true;
    }

    /** Let no vCPU run again. Returns when none does. */
    void stop()
    {
        end();
        whileStopped(() -> {});
    }

    /** Wake vCPUs that wait for an event. */
    void wakePolling()
    {
        for (int i = 0; i < vcpus.size(); i++)
        {
            vcpus.get(i).wakeIfPolling();
        }
    }

    /** @return whether somebody wants all vCPUs outside. */
    boolean isStopping()
    {
        return isStopping;
    }

    /** @return whether the guest has ended. */
    boolean isOver()
    {
        return isOver;
    }

    /** Wait, outside, until nobody wants us there. */
    void awaitResume()
    {
        while (isStopping && !isOver)
        {
            LockSupport.park(this);
        }
    }
}
