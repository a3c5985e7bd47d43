package org.skerry.tests.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.guest.xenstore.OneThreadClient;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.DiskSpecParser;
import org.skerry.toolstack.device.DomainNodesSpec;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.hypercall.ConnectServiceEncoder;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.DestroyDomainEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.hypercall.RestartDomainEncoder;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A toolstack as simple as can be: it keeps one block driver domain and some guests alive, one action in each turn.
 */
final class Domain0 extends Actor
{
    private static final int GUESTS = 3;
    private static final int VDEV = 51712;
    private static final int STORE_FRAMES = 64;
    private static final int DRIVER_FRAMES = 128;
    private static final int GUEST_FRAMES = 256;
    private static final int MAX_PORTS = 64;

    private final Path directory;
    /** By domid. */
    private final Map<Integer, Actor> domains = new HashMap<>();
    private final List<Integer> exited = new ArrayList<>();
    private final List<DiskGuest> guests = new ArrayList<>();
    private final Map<DiskGuest, BlkActor> diskBackends = new HashMap<>();
    private XenstoreClient store;
    private StoreActor storeActor;
    private int storeDomid;
    private int listener = -1;
    private BlkActor driver;
    private int actorCount;
    private int imageFd = -1;

    Domain0(final Machine machine, final Path directory)
    {
        super(machine, "dom0");
        this.directory = directory;
    }

    /** @return the image that is being handed over, -1 for none. */
    int imageFd()
    {
        return imageFd;
    }

    @Override
    void boot()
    {
        domain().onDomainExited(this::onExited);
        final Path socket = directory.resolve("socket");
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        SysSocket.bindUnix(listener, socket.toString());
        SysSocket.listen(listener, 8);

        storeActor = new StoreActor(machine());
        final int connectionFd = create(storeActor, STORE_FRAMES);
        storeDomid = domids().get(storeActor);
        give(storeDomid, "listen", listener);
        machine().spawn(storeActor, connectionFd);
        store = OneThreadClient.connect(socket, this, task -> domain().loop().execute(task));
    }

    @Override
    void work()
    {
        if (!exited.isEmpty())
        {
            bury(exited.removeFirst());
        }
        else if (!machine().isEnding() && driver == null)
        {
            driver = new BlkActor(machine(), "blk" + ++actorCount);
            build(driver, DRIVER_FRAMES);
        }
        else if (!machine().isEnding() && guests.size() < GUESTS)
        {
            final String name = "guest" + ++actorCount;
            final boolean isHostile = !machine().isCalm() && guests.stream().noneMatch(Actor::isHostile);
            final DiskGuest guest = new DiskGuest(machine(), name, directory.resolve(name + ".img"), isHostile);
            guests.add(guest);
            build(guest, GUEST_FRAMES);
        }
        else if (!machine().isEnding())
        {
            guests.stream().filter(guest -> diskBackends.get(guest) != driver).findFirst().ifPresent(this::attachDisk);
        }
    }

    @Override
    boolean isContent()
    {
        return exited.isEmpty() && (machine().isEnding() ? domains.isEmpty() :
            driver != null && guests.size() == GUESTS &&
            guests.stream().allMatch(guest -> diskBackends.get(guest) == driver));
    }

    @Override
    boolean isMortal()
    {
        return false;
    }

    @Override
    void onEnd()
    {
        Unistd.close(listener);
        if (store != null)
        {
            store.close();
        }
    }

    /** Everybody's process is to end: guests first. */
    void endAll()
    {
        guests.forEach(Actor::kill);
        if (driver != null)
        {
            driver.kill();
        }
    }

    private void onExited(final Domid domid, final ShutdownReason reason)
    {
        machine().trace().add("exited " + domid + " " + reason);
        exited.add(domid.value());
    }

    /** Take apart what is left of a domain. */
    private void bury(final int domid)
    {
        if (domains.get(domid) == driver && !machine().isEnding() && machine().random().nextInt(4) > 0)
        {
            restartDriver(new Domid(domid));
            return;
        }
        final Actor actor = domains.remove(domid);
        final Domid id = new Domid(domid);
        if (actor != storeActor)
        {
            try
            {
                store.release(id);
            }
            catch (final XenstoreException e)
            {
                require(e.errno() == Errno.ENOENT, e.toString());
            }
            DeviceNodes.removeDomain(store, id);
        }
        require(destroy(domid) == 0, "cannot destroy " + actor);
        if (actor == driver)
        {
            driver = null;
        }
        if (actor instanceof final DiskGuest guest)
        {
            guests.remove(guest);
            diskBackends.remove(guest);
            guest.checkImage();
        }
        if (machine().isEnding() && domains.size() == 1)
        {
            store.close();
            storeActor.endSoon();
        }
    }

    /** Build a domain that has a store page, and start its process. */
    private void build(final Actor actor, final int frames)
    {
        final int connectionFd = create(actor, frames);
        final Domid domid = new Domid(domids().get(actor));
        final long port = connectStore(domid.value());
        require(port > 0, "no store port for " + actor);
        DeviceNodes.write(store, DeviceNodes.domain(new DomainNodesSpec(
            domid, actor.name(), new UUID(domid.value(), actorCount), frames * 4L, frames * 4L, 1, 1, Instant.EPOCH)));
        store.introduce(domid, GrantRef.RESERVED_XENSTORE.value(), new EventChannelPort((int)port));
        machine().spawn(actor, connectionFd);
    }

    /** Another process carries the driver domain: frontends find it as it was. */
    private void restartDriver(final Domid domid)
    {
        final BlkActor next = new BlkActor(machine(), "blk" + ++actorCount);
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final HypervisorConnection connection = domain().connection();
        final long result = connection.call(new RestartDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid.value()).encodedLength(),
            SysSocket.first(pair));
        require(result == 0, "cannot restart " + driver + ": " + result);
        Unistd.close(SysSocket.first(pair));
        final long port = connectStore(domid.value());
        require(port > 0, "no store port for " + next);
        store.introduce(domid, GrantRef.RESERVED_XENSTORE.value(), new EventChannelPort((int)port));
        domains.put(domid.value(), next);
        for (final DiskGuest guest : guests)
        {
            if (diskBackends.get(guest) == driver)
            {
                diskBackends.put(guest, next);
                giveImage(next, guest);
            }
        }
        driver = next;
        machine().spawn(next, SysSocket.second(pair));
    }

    private void attachDisk(final DiskGuest guest)
    {
        final BlkActor backend = driver;
        final Domid guestId = new Domid(domids().get(guest));
        final Domid backendId = new Domid(domids().get(backend));
        if (diskBackends.containsKey(guest))
        {
            DeviceNodes.removeDevice(store, DeviceNodes.VBD, guestId, VDEV);
        }
        giveImage(backend, guest);
        final DiskSpec disk = DiskSpecParser.parse("file:" + guest.image() + ",xvda,w", true).disk();
        DeviceNodes.write(store, DeviceNodes.vbd(guestId, backendId, disk));
        diskBackends.put(guest, backend);
    }

    /** Under a name of the process, so that it is known whose descriptor it is. */
    private void giveImage(final BlkActor backend, final DiskGuest guest)
    {
        final Path own = directory.resolve(backend.name() + "-" + guest.image().getFileName());
        try
        {
            Files.createLink(own, guest.image());
            imageFd = Fcntl.open(own.toString(), Fcntl.O_RDWR, 0);
            give(domids().get(backend), "vbd/" + domids().get(guest) + "/" + VDEV, imageFd);
            Unistd.close(imageFd);
            imageFd = -1;
            Files.delete(own);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private Map<Actor, Integer> domids()
    {
        final Map<Actor, Integer> domids = new HashMap<>();
        domains.forEach((domid, actor) -> domids.put(actor, domid));
        return domids;
    }

    private int create(final Actor actor, final int frames)
    {
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        final HypervisorConnection connection = domain().connection();
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .frameCount(frames).maxFrames(frames).grantTableFrameCount(1).maxMaptrackFrames(1).maxPorts(MAX_PORTS)
            .vcpus(1).domid(0).name(actor.name()).cmdline("");
        final long domid = connection.call(create.encodedLength(), SysSocket.first(pair));
        Unistd.close(SysSocket.first(pair));
        require(domid > 0, "cannot create " + actor + ": " + domid);
        domains.put((int)domid, actor);

        return SysSocket.second(pair);
    }

    private long connectStore(final int domid)
    {
        final HypervisorConnection connection = domain().connection();
        return connection.call(new ConnectServiceEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
            .domid(domid).serviceDomid(storeDomid).grantRef(GrantRef.RESERVED_XENSTORE.value()).encodedLength());
    }

    /** To a domain that has died it does not get, and nobody misses it there. */
    private void give(final int domid, final String tag, final int fd)
    {
        final HypervisorConnection connection = domain().connection();
        final long result = connection.call(new GiveCapabilityEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid).tag(tag)
            .encodedLength(), fd);
        require(result == 0 || result == Errno.ESRCH.negative(), "cannot give " + tag + ": " + result);
    }

    private long destroy(final int domid)
    {
        final HypervisorConnection connection = domain().connection();
        return connection.call(new DestroyDomainEncoder()
            .wrapAndApplyHeader(connection.out(), 0, connection.headerOut()).domid(domid).encodedLength());
    }

    private static void require(final boolean isTrue, final String message)
    {
        if (!isTrue)
        {
            throw new AssertionError(message);
        }
    }
}
