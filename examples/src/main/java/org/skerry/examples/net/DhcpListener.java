package org.skerry.examples.net;

/** Hears what the DHCP client achieves. The stack is configured already when it is called. */
public interface DhcpListener
{
    /** @param lease a new one, or a renewed one. */
    void onLease(DhcpLease lease);

    /** The address is gone: the lease ran out or the server took it back. The client begins anew by itself. */
    void onLeaseLost();
}
