package org.skerry.tests.sim;

import org.skerry.guest.Domain;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.hypercall.ConnectServiceEncoder;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.DestroyDomainEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.hypercall.RestartDomainEncoder;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/** What Domain-0 asks of the hypervisor. A new connection is given as the end that the domain's process gets. */
final class Domctl
{
    private static final int MAX_PORTS = 64;

    private final HypervisorConnection connection;
    private int processEnd;

    Domctl(final Domain dom0)
    {
        connection = dom0.connection();
    }

    /** @return the end of the last new connection that belongs to the process. */
    int processEnd()
    {
        return processEnd;
    }

    /**
     * @param wanted number of the domain, 0 for any.
     */
    Domid create(final String name, final int frames, final int wanted)
    {
        final int kernelEnd = newConnection();
        final long domid = connection.call(new CreateDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .frameCount(frames).maxFrames(frames).grantTableFrameCount(1).maxMaptrackFrames(1).maxPorts(MAX_PORTS)
            .vcpus(1).domid(wanted).name(name).cmdline("").encodedLength(), kernelEnd);
        Unistd.close(kernelEnd);
        require(domid > 0, "cannot create " + name + ": " + domid);

        return new Domid((int)domid);
    }

    void restart(final Domid domid)
    {
        final int kernelEnd = newConnection();
        final long result = connection.call(new RestartDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value()).encodedLength(),
            kernelEnd);
        Unistd.close(kernelEnd);
        require(result == 0, "cannot restart d" + domid + ": " + result);
    }

    /** @return the domain's port, or a negative errno: ESRCH when xenstore has no process. */
    long connectStore(final Domid domid, final Domid store)
    {
        return connection.call(new ConnectServiceEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .domid(domid.value()).serviceDomid(store.value()).grantRef(GrantRef.RESERVED_XENSTORE.value())
            .encodedLength());
    }

    /** @return 0, or a negative errno when the domain has died. */
    long give(final Domid domid, final String tag, final int fd)
    {
        return connection.call(new GiveCapabilityEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value()).tag(tag)
            .encodedLength(), fd);
    }

    void destroy(final Domid domid)
    {
        final long result = connection.call(new DestroyDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value()).encodedLength());
        require(result == 0, "cannot destroy d" + domid + ": " + result);
    }

    private int newConnection()
    {
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        processEnd = SysSocket.second(pair);

        return SysSocket.first(pair);
    }

    private static void require(final boolean isTrue, final String message)
    {
        if (!isTrue)
        {
            throw new AssertionError(message);
        }
    }
}
