package org.skerry.pvh;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

import org.skerry.guest.EventLoop;

/**
 * Tells vCPUs of their events: pending bits and, when a vCPU does not know yet, an interrupt. A LAPIC that the guest
 * has not enabled yet drops interrupts, and for the guest the upcall is pending then for ever; so what was dropped is
 * sent again until the guest has looked. Any thread.
 */
final class Upcalls
{
    private static final int NO_VECTOR = 0;
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final SharedInfo info;
    private final Interrupts interrupts;
    private final EventLoop loop;
    private final AtomicIntegerArray vectors;
    private final AtomicIntegerArray owed;      // 1: the vCPU may wait for an interrupt that was dropped
    private volatile boolean isRetrying;
    private volatile Runnable onRaised = () -> {};

    Upcalls(final SharedInfo info, final int vcpuCount, final Interrupts interrupts, final EventLoop loop)
    {
        this.info = info;
        this.interrupts = interrupts;
        this.loop = loop;
        vectors = new AtomicIntegerArray(vcpuCount);
        owed = new AtomicIntegerArray(vcpuCount);
    }

    /** @param handler runs after each event, on the thread that raised it. */
    void onRaised(final Runnable handler)
    {
        onRaised = handler;
    }

    /** The port has an event for that vCPU. */
    void raise(final int port, final int vcpu)
    {
        tellIf(info.setPending(port, vcpu), vcpu);
        onRaised.run();
    }

    /** The guest wants to hear of the port's events again. */
    void unmask(final int port, final int vcpu)
    {
        tellIf(info.unmask(port, vcpu), vcpu);
    }

    /**
     * HVMOP_set_evtchn_upcall_vector.
     *
     * @param vector 16 to 255.
     */
    void setVector(final int vcpu, final int vector)
    {
        vectors.set(vcpu, vector);
        if (info.isUpcallPending(vcpu))
        {
            tell(vcpu);
        }
    }

    /** The vCPU's record has moved: its upcall is pending. */
    void lookAgain(final int vcpu)
    {
        tell(vcpu);
    }

    /** To be called at each exit of a vCPU: send what was dropped. */
    void resend(final int vcpu)
    {
        if (owed.get(vcpu) != 0 && (!info.isUpcallPending(vcpu) || send(vcpu)))
        {
            owed.set(vcpu, 0);
        }
    }

    private void tellIf(final boolean isToBeTold, final int vcpu)
    {
        if (isToBeTold)
        {
            tell(vcpu);
        }
        else
        {
            resend(vcpu);
        }
    }

    private void tell(final int vcpu)
    {
        if (!send(vcpu))
        {
            owed.set(vcpu, 1);
            if (vectors.get(vcpu) != NO_VECTOR && !isRetrying)
            {
                isRetrying = true;
                loop.execute(() -> loop.schedule(RETRY_NS, this::retry));
            }
        }
    }

    private boolean send(final int vcpu)
    {
        final int vector = vectors.get(vcpu);
        return vector != NO_VECTOR && interrupts.interrupt(vcpu, vector);
    }

    private void retry()
    {
        isRetrying = false;
        boolean isOwed = false;
        for (int vcpu = 0; vcpu < owed.length(); vcpu++)
        {
            resend(vcpu);
            isOwed |= owed.get(vcpu) != 0 && vectors.get(vcpu) != NO_VECTOR;
        }
        if (isOwed && !isRetrying)
        {
            isRetrying = true;
            loop.schedule(RETRY_NS, this::retry);
        }
    }

    /**
     * Interrupts a vCPU.
     */
    @FunctionalInterface
    interface Interrupts
    {
        /**
         * @param vector 16 to 255.
         * @return whether its LAPIC took it.
         */
        boolean interrupt(int vcpu, int vector);
    }
}
