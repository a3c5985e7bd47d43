package org.skerry.kernel.event;

/**
 * One port of a domain. A port that does not exist is null in its table.
 */
final class Port
{
    static final int NO_BELL = -1;

    final int number;
    int status;                     // EVTCHNSTAT_*
    int vcpu;
    int virq;
    int bell = NO_BELL;             // rung for the owner; the kernel's own descriptor
    int remoteDomid;                // also of who may bind
    PortTable remoteTable;
    int remotePort;

    Port(final int number, final int status)
    {
        this.number = number;
        this.status = status;
    }
}
