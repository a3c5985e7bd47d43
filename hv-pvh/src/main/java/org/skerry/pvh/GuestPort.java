package org.skerry.pvh;

import org.skerry.guest.event.EventChannel;

/** A port of the guest. The loop makes and closes it; the vCPU that is told may change at any time. */
final class GuestPort
{
    /** What the port is bound to. */
    enum Kind
    {
        INTERDOMAIN, VIRQ, IPI
    }

    final EventChannel channel;
    final Kind kind;
    final int virq;
    volatile int vcpu;

    GuestPort(final EventChannel channel, final Kind kind, final int virq, final int vcpu)
    {
        this.channel = channel;
        this.kind = kind;
        this.virq = virq;
        this.vcpu = vcpu;
    }

    int number()
    {
        return channel.port().value();
    }
}
