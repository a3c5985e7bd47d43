package org.skerry.toolstack.host;

import java.util.ArrayList;
import java.util.List;

import org.skerry.guest.Domain;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.ConnectServiceEncoder;
import org.skerry.wire.hypercall.ConsoleRingDecoder;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.DebugKeysEncoder;
import org.skerry.wire.hypercall.DestroyDomainEncoder;
import org.skerry.wire.hypercall.DomainInfoDecoder;
import org.skerry.wire.hypercall.GetDomainInfoEncoder;
import org.skerry.wire.hypercall.GetPhysInfoEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.hypercall.PauseDomainEncoder;
import org.skerry.wire.hypercall.PhysInfoDecoder;
import org.skerry.wire.hypercall.ReadConsoleRingEncoder;
import org.skerry.wire.hypercall.RestartDomainEncoder;
import org.skerry.wire.hypercall.SetMaxMemEncoder;
import org.skerry.wire.hypercall.UnpauseDomainEncoder;

/**
 * What Domain-0 alone may ask of the hypervisor. Any thread may ask; one request is under way at a time.
 *
 * <p>Spec: {@code hypercall.xml}, messages 32 to 63.
 */
final class Domctl
{
    private final HypervisorConnection connection;

    Domctl(final Domain dom0)
    {
        connection = dom0.connection();
    }

    /**
     * @param spec         what it is.
     * @param connectionFd its end of a SOCK_SEQPACKET pair; stays the caller's.
     * @return domid, or a negative errno: ENOMEM when the host has not that much memory left.
     */
    long createDomain(final Spec spec, final int connectionFd)
    {
        synchronized (connection)
        {
            final CreateDomainEncoder create = new CreateDomainEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
                .frameCount(spec.memoryKb() / (Hypercalls.PAGE_SIZE / 1024))
                .maxFrames(spec.maxMemoryKb() / (Hypercalls.PAGE_SIZE / 1024))
                .grantTableFrameCount(spec.grantFrames())
                .maxMaptrackFrames(spec.maptrackFrames())
                .maxPorts(spec.maxPorts())
                .vcpus(spec.vcpus())
                .domid(spec.domid())
                .name(spec.name())
                .cmdline(spec.cmdline());

            return connection.call(create.encodedLength(), connectionFd);
        }
    }

    /** Grant the reserved page to its service and make the port for it. */
    EventChannelPort connectService(final Domid domid, final Domid service, final GrantRef ref)
    {
        synchronized (connection)
        {
            final ConnectServiceEncoder connect = new ConnectServiceEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
                .domid(domid.value()).serviceDomid(service.value()).grantRef(ref.value());
            final long port = connection.call(connect.encodedLength());
            if (port < 0)
            {
                throw new ToolstackException(
                    "cannot connect domain " + domid + " to service domain " + service + ": " + Errno.nameOf(port));
            }

            return new EventChannelPort((int)port);
        }
    }

    /** @return 0, or -ESRCH when there is no such domain. */
    long destroyDomain(final Domid domid)
    {
        synchronized (connection)
        {
            final DestroyDomainEncoder destroy = new DestroyDomainEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value());

            return connection.call(destroy.encodedLength());
        }
    }

    /**
     * Cut off what carries a domain and let another process carry it.
     *
     * @param domid        which; it keeps its number, its memory and what others granted to it.
     * @param connectionFd the hypervisor's end of a new connection; stays the caller's.
     * @throws ToolstackException when the hypervisor cannot.
     */
    void restartDomain(final Domid domid, final int connectionFd)
    {
        synchronized (connection)
        {
            final RestartDomainEncoder restart = new RestartDomainEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value());
            final long result = connection.call(restart.encodedLength(), connectionFd);
            if (result < 0)
            {
                throw new ToolstackException("cannot restart domain " + domid + ": " + Errno.nameOf(result));
            }
        }
    }

    /** Hand a descriptor to a domain; ours stays ours. */
    void giveCapability(final Domid domid, final String tag, final int fd)
    {
        synchronized (connection)
        {
            final GiveCapabilityEncoder give = new GiveCapabilityEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value()).tag(tag);
            final long result = connection.call(give.encodedLength(), fd);
            if (result < 0)
            {
                throw new ToolstackException(
                    "cannot hand " + tag + " to domain " + domid + ": " + Errno.nameOf(result));
            }
        }
    }

    /** @return what the hypervisor knows of every domain, by ascending domid. */
    List<Info> domains()
    {
        final List<Info> infos = new ArrayList<>();
        int next = 0;
        while (next < Domid.DOMID_FIRST_RESERVED)
        {
            final Info info = firstFrom(next);
            if (info == null)
            {
                break;
            }
            infos.add(info);
            next = info.domid().value() + 1;
        }

        return infos;
    }

    /** @return memory of all domains together and what is left of it, KiB. */
    Memory memory()
    {
        synchronized (connection)
        {
            final GetPhysInfoEncoder get = new GetPhysInfoEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).reserved(0);
            ask(get.encodedLength(), PhysInfoDecoder.TEMPLATE_ID);
            final PhysInfoDecoder info =
                new PhysInfoDecoder().wrapAndApplyHeader(connection.in(), 0, connection.headerIn());
            final int frameKb = Hypercalls.PAGE_SIZE / 1024;

            return new Memory(info.totalFrames() * frameKb, info.freeFrames() * frameKb);
        }
    }

    /** @return messages of the hypervisor, oldest first. */
    String messages(final boolean clear)
    {
        synchronized (connection)
        {
            final ReadConsoleRingEncoder read = new ReadConsoleRingEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).clear((short)(clear ? 1 : 0));
            ask(read.encodedLength(), ConsoleRingDecoder.TEMPLATE_ID);

            return new ConsoleRingDecoder().wrapAndApplyHeader(connection.in(), 0, connection.headerIn()).text();
        }
    }

    /** @return 0, or a negative errno: from now on no request of the domain is served. */
    long pauseDomain(final Domid domid)
    {
        synchronized (connection)
        {
            return connection.call(new PauseDomainEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value())
                .encodedLength());
        }
    }

    /** @return 0, or a negative errno. */
    long unpauseDomain(final Domid domid)
    {
        synchronized (connection)
        {
            return connection.call(new UnpauseDomainEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value())
                .encodedLength());
        }
    }

    /** @return 0, or a negative errno: EINVAL for more than it was created with. */
    long setMaxMem(final Domid domid, final long memoryKb)
    {
        synchronized (connection)
        {
            return connection.call(new SetMaxMemEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
                .domid(domid.value()).frames(memoryKb / (Hypercalls.PAGE_SIZE / 1024)).encodedLength());
        }
    }

    /** @return 0, or a negative errno. */
    long debugKeys(final String keys)
    {
        synchronized (connection)
        {
            return connection.call(new DebugKeysEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).reserved(0).keys(keys)
                .encodedLength());
        }
    }

    private Info firstFrom(final int domid)
    {
        synchronized (connection)
        {
            final GetDomainInfoEncoder get = new GetDomainInfoEncoder()
                .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid);
            ask(get.encodedLength(), DomainInfoDecoder.TEMPLATE_ID);
            final DomainInfoDecoder info =
                new DomainInfoDecoder().wrapAndApplyHeader(connection.in(), 0, connection.headerIn());
            if (info.result() < 0)
            {
                return null;
            }

            return new Info(
                new Domid(info.domid()), info.frameCount() * (Hypercalls.PAGE_SIZE / 1024),
                info.maxFrames() * (Hypercalls.PAGE_SIZE / 1024), info.vcpus(), info.attached() == 1,
                ShutdownReason.ofCode(info.shutdownReason()), info.name());
        }
    }

    private void ask(final int encodedLength, final int answerId)
    {
        if (!connection.request(encodedLength) || connection.headerIn().templateId() != answerId)
        {
            throw new ToolstackException("the hypervisor did not answer");
        }
    }

    /**
     * @param name           for people.
     * @param cmdline        of its kernel.
     * @param memoryKb       at the beginning: KiB, a multiple of 4.
     * @param maxMemoryKb    ever: KiB, a multiple of 4, not less than {@code memoryKb}.
     * @param vcpus          1 or more.
     * @param grantFrames    pages of its grant table, 1 to 64.
     * @param maptrackFrames pages in which its mappings are tracked, 256 in each; 1 to 1024.
     * @param maxPorts       event channels that it may have.
     * @param domid          wanted number, 0 for any.
     */
    record Spec(
        String name, String cmdline, long memoryKb, long maxMemoryKb, int vcpus, int grantFrames, int maptrackFrames,
        int maxPorts, int domid)
    {
    }

    /**
     * @param domid          which.
     * @param memoryKb       KiB.
     * @param maxMemoryKb    most that it may have, KiB.
     * @param vcpus          1 or more.
     * @param attached       whether a process took its connection.
     * @param shutdownReason null while it runs.
     * @param name           for people.
     */
    record Info(
        Domid domid, long memoryKb, long maxMemoryKb, int vcpus, boolean attached, ShutdownReason shutdownReason,
        String name)
    {
    }

    /**
     * @param totalKb of all domains together.
     * @param freeKb  what no domain has.
     */
    record Memory(long totalKb, long freeKb)
    {
    }
}
