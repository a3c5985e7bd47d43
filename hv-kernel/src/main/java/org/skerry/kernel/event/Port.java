package org.skerry.kernel.event;

/**
 * One port of a domain. A port that does not exist is null in its table.
 */
final class Port
{
    private final int number;
    private int remoteDomid;
    private PortTable remoteTable;
    private int remotePort;

    Port(final int number, final int remoteDomid)
    {
        this.number = number;
        this.remoteDomid = remoteDomid;
    }

    int number()
    {
        return number;
    }

    int remoteDomid()
    {
        return remoteDomid;
    }

    int remotePort()
    {
        return remotePort;
    }

    PortTable remoteTable()
    {
        return remoteTable;
    }

    boolean isBound()
    {
        return remoteTable != null;
    }

    void bind(final PortTable table, final int port)
    {
        remoteTable = table;
        remotePort = port;
        remoteDomid = table.domid();
    }

    void unbind()
    {
        remoteTable = null;
        remotePort = 0;
    }
}
