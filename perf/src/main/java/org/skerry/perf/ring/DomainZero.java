package org.skerry.perf.ring;

import java.util.List;

import org.skerry.guest.Domain;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.kernel.HypervisorMain;
import org.skerry.kernel.domain.WorkPrice;
import org.skerry.wire.Errno;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A host of its own for the measurement: a hypervisor process, and this process as its Domain-0. There is no xenstore
 * and no service; what two domains must know of each other goes over their control channels.
 */
public final class DomainZero
{
    private static final int TOTAL_FRAMES = 256 * 1024;
    private static final int DOM0_FRAMES = 1024;
    private static final int DOMAIN_FRAMES = 1024;
    private static final int DOMAIN_GRANT_FRAMES = 4;
    private static final int GUEST_MAPTRACK_FRAMES = 16;
    private static final int DOMAIN_MAX_PORTS = 16;

    private final Children children;
    private final ChildProcess hypervisor;
    private final HypervisorConnection connection;
    private final int maptrackFrames;

    /**
     * Bring up a host of guests.
     *
     * @param children starts its processes.
     * @throws MeasurementException when the hypervisor cannot be started or refuses.
     */
    public DomainZero(final Children children)
    {
        this(children, GUEST_MAPTRACK_FRAMES);
    }

    private DomainZero(final Children children, final int maptrackFrames)
    {
        this.children = children;
        this.maptrackFrames = maptrackFrames;
        final long pair = Children.socketpair();
        hypervisor = children.startWithoutControl(
            "hypervisor", HypervisorMain.class,
            List.of(Integer.toString(TOTAL_FRAMES), Integer.toString(DOM0_FRAMES), "1"), SysSocket.second(pair),
            SysSocket.first(pair));
        Unistd.close(SysSocket.second(pair));
        final Domain self = Domain.attach(SysSocket.first(pair));
        self.onHypervisorGone(() ->
        {
            throw new MeasurementException("the hypervisor is gone");
        });
        connection = self.connection();
    }

    /** As the constructor; the hypervisor takes the domains for such as serve others. */
    public static DomainZero ofDriverDomains(final Children children)
    {
        return new DomainZero(children, WorkPrice.SERVING_MAPTRACK_FRAMES);
    }

    /** @return its process. */
    public ChildProcess hypervisor()
    {
        return hypervisor;
    }

    /**
     * Create a domain and start its process.
     *
     * @param name      of the domain.
     * @param mainClass attaches over fd 3.
     * @param arguments of the main class.
     * @return the domain.
     * @throws MeasurementException when the hypervisor refuses, or the process cannot be started.
     */
    public RunningDomain create(final String name, final Class<?> mainClass, final List<String> arguments)
    {
        final Connection domain = connect(name);
        final ChildProcess process = children.start("domain " + name, mainClass, arguments, domain.fd());
        Unistd.close(domain.fd());

        return new RunningDomain(domain.domid(), process);
    }

    /**
     * Create a domain that no process carries yet.
     *
     * @param name of the domain.
     * @return its number and its connection, the caller's.
     * @throws MeasurementException when the hypervisor refuses.
     */
    public Connection connect(final String name)
    {
        final long pair = Children.socketpair();
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .frameCount(DOMAIN_FRAMES)
            .maxFrames(DOMAIN_FRAMES)
            .grantTableFrameCount(DOMAIN_GRANT_FRAMES)
            .maxMaptrackFrames(maptrackFrames)
            .maxPorts(DOMAIN_MAX_PORTS)
            .vcpus(1)
            .domid(0)
            .name(name)
            .cmdline("");
        final long domid = connection.call(create.encodedLength(), SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        if (domid < 0)
        {
            throw new MeasurementException("cannot create domain " + name + ": " + Errno.nameOf(domid));
        }

        return new Connection((int)domid, SysSocket.second(pair));
    }

    /**
     * @param domid its number.
     * @param fd    with which it attaches.
     */
    public record Connection(int domid, int fd)
    {
    }

    /**
     * @param domid   its number.
     * @param process carries it.
     */
    public record RunningDomain(int domid, ChildProcess process)
    {
    }
}
