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
import java.util.TreeMap;
import java.util.UUID;

import org.skerry.guest.EventLoop;
import org.skerry.guest.xenstore.OneThreadClient;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.toolstack.device.DiskSpecParser;
import org.skerry.toolstack.device.DomainNodesSpec;
import org.skerry.toolstack.device.StoreNode;
import org.skerry.toolstack.device.VifSpec;
import org.skerry.toolstack.host.KeptClients;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.MacAddress;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * A toolstack as simple as can be: it keeps xenstore, a driver domain of each kind and some guests alive, one action in
 * each turn.
 */
final class Domain0 extends Actor
{
    private static final int GUESTS = 3;
    private static final int VDEV = 51712;
    private static final int MAX_PAUSE_TURNS = 20;
    private static final int STORE_FRAMES = 512;
    private static final int DRIVER_FRAMES = 512;
    private static final int GUEST_FRAMES = 384;
    private static final List<String> KINDS = List.of(DeviceNodes.VBD, DeviceNodes.VIF);

    private final Path directory;
    private final Map<Integer, Actor> actors = new TreeMap<>();
    private final Map<Actor, Domid> domids = new HashMap<>();
    private final List<Integer> exited = new ArrayList<>();
    private final List<Guest> guests = new ArrayList<>();
    private final Map<String, DriverActor> drivers = new TreeMap<>();
    /** Of each kind of device, which process serves which guest. */
    private final Map<String, Map<Guest, DriverActor>> backends = new TreeMap<>();
    private Domctl domctl;
    private XenstoreClient store;
    private StoreActor storeActor;
    private EventLoop clientLoop;
    private KeptClients clients;
    private boolean isStoreGone;
    private boolean isStoreDone;
    private boolean isStartingStore;
    private boolean isWaitingForStore;
    private int pauseTurns;
    private int listener = -1;
    private int actorCount;
    private int imageFd = -1;
    private int lastBuried;

    Domain0(final Machine machine, final Path directory)
    {
        super(machine, "dom0");
        this.directory = directory;
        KINDS.forEach(kind -> backends.put(kind, new HashMap<>()));
    }

    /** @return the image that is being handed over, -1 for none. */
    int imageFd()
    {
        return imageFd;
    }

    @Override
    void boot()
    {
        domctl = new Domctl(domain());
        domain().onDomainExited(this::onExited);
        final Path socket = directory.resolve("socket");
        listener = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0);
        SysSocket.bindUnix(listener, socket.toString());
        SysSocket.listen(listener, 8);
        clientLoop = new EventLoop(machine().clock());
        clients = new KeptClients(clientLoop, listener);

        final StoreActor first = new StoreActor(machine(), ++actorCount);
        launchStore(first, domctl.create("xenstore", STORE_FRAMES, 0));
        store = OneThreadClient.connect(socket, this::awaitAnswer, task -> domain().loop().execute(task));
        machine().nodes().make(store);
    }

    /** The turns of its other threads, which keep the clients of xenstore, and start it again. */
    void workBeside()
    {
        if (clients == null)
        {
            return;
        }
        clientLoop.poll(0);
        if (!hasStore() && !isInHypercall())
        {
            domain().loop().poll(0);
            if (isStoreGone && --pauseTurns < 0)
            {
                startStoreAgain();
            }
        }
    }

    /** @return whether there is a process of xenstore. */
    boolean hasStore()
    {
        return storeActor == null || !storeActor.isDead();
    }

    /** @return whether its connection to the hypervisor is in use: it can start nothing then. */
    boolean isInHypercall()
    {
        return isStartingStore || isRunning() && !isWaitingForStore;
    }

    private int awaitAnswer(final long pollfds, final int count)
    {
        isWaitingForStore = true;
        final int ready = await(pollfds, count);
        isWaitingForStore = false;

        return ready;
    }

    private void awaitStore()
    {
        isWaitingForStore = true;
        while (!hasStore() || isStartingStore)
        {
            machine().innerStep();
        }
        isWaitingForStore = false;
    }

    /** Linux closes what a process had open: here, its descriptors of the clients. */
    void onStoreEnd()
    {
        OpenFiles.closeCopies(clients.descriptors());
    }

    /** Another process carries xenstore: all its clients see a pause. */
    private void startStoreAgain()
    {
        isStartingStore = true;
        isStoreGone = false;
        final Domid domid = domids.remove(storeActor);
        domctl.restart(domid);
        launchStore(new StoreActor(machine(), ++actorCount), domid);
        isStartingStore = false;
    }

    private void launchStore(final StoreActor next, final Domid domid)
    {
        final int processEnd = domctl.processEnd();
        final int handover = clients.newProcess();
        domctl.give(domid, "clients", handover);
        Unistd.close(handover);
        storeActor = next;
        register(next, domid);
        machine().spawn(next, processEnd);
    }

    @Override
    void work()
    {
        if (!exited.isEmpty())
        {
            bury(new Domid(exited.removeFirst()));
        }
        else if (!machine().isEnding() && drivers.size() < KINDS.size())
        {
            final String kind = KINDS.stream().filter(each -> !drivers.containsKey(each)).findFirst().orElseThrow();
            final DriverActor driver = new DriverActor(machine(), kind, ++actorCount);
            drivers.put(kind, driver);
            build(driver, DRIVER_FRAMES);
        }
        else if (!machine().isEnding() && guests.size() < GUESTS)
        {
            final int number = ++actorCount;
            final boolean isHostile = machine().hasHostile() && !machine().isCalm() &&
                guests.stream().noneMatch(Actor::isHostile);
            final Guest guest = new Guest(machine(), number, directory.resolve("guest" + number + ".img"), isHostile);
            guests.add(guest);
            build(guest, GUEST_FRAMES);
        }
        else if (!machine().isEnding())
        {
            for (final String kind : KINDS)
            {
                guests.stream().filter(guest -> backends.get(kind).get(guest) != drivers.get(kind)).findFirst()
                    .ifPresent(guest -> attachDevice(kind, guest));
            }
        }
    }

    @Override
    boolean isContent()
    {
        return exited.isEmpty() && (machine().isEnding() ? actors.isEmpty() :
            drivers.size() == KINDS.size() && guests.size() == GUESTS && KINDS.stream().allMatch(kind ->
            guests.stream().allMatch(guest -> backends.get(kind).get(guest) == drivers.get(kind))));
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
        if (clients != null)
        {
            clients.close();
            clientLoop.close();
        }
    }

    /** Everybody's process is to end. */
    void endAll()
    {
        guests.forEach(Actor::kill);
        drivers.values().forEach(Actor::kill);
    }

    private void onExited(final Domid domid, final ShutdownReason reason)
    {
        machine().trace().add("exited " + domid + " " + reason);
        if (actors.get(domid.value()) == storeActor && !isStoreDone)
        {
            isStoreGone = true;
            pauseTurns = machine().random().nextInt(MAX_PAUSE_TURNS);
        }
        else
        {
            exited.add(domid.value());
        }
    }

    /** The process of a domain is gone: start another, or take apart what is left. */
    private void bury(final Domid domid)
    {
        final Actor actor = actors.get(domid.value());
        if (actor instanceof final DriverActor driver && isRestarted())
        {
            restart(driver, domid);
            return;
        }
        if (actor != storeActor)
        {
            release(domid);
            DeviceNodes.removeDomain(store, domid);
        }
        domctl.destroy(domid);
        lastBuried = domid.value();
        actors.remove(domid.value());
        domids.remove(actor);
        if (actor instanceof final DriverActor driver)
        {
            drivers.remove(driver.kind());
        }
        if (actor instanceof final Guest guest)
        {
            guests.remove(guest);
            backends.values().forEach(served -> served.remove(guest));
            guest.disk().checkImage();
        }
        if (machine().isEnding() && actors.size() == 1)
        {
            machine().nodes().check(store);
            store.close();
            isStoreDone = true;
            storeActor.endSoon();
        }
    }

    private boolean isRestarted()
    {
        return !machine().isEnding() && machine().random().nextInt(4) > 0;
    }

    private void release(final Domid domid)
    {
        try
        {
            store.release(domid);
        }
        catch (final XenstoreException e)
        {
            if (e.errno() != Errno.ENOENT)
            {
                throw e;
            }
        }
    }

    /** Build a domain that has a store page, and start its process. */
    private void build(final Actor actor, final int frames)
    {
        final Domid domid = domctl.create(actor.name(), frames, machine().random().nextBoolean() ? lastBuried : 0);
        lastBuried = 0;
        final int processEnd = domctl.processEnd();
        register(actor, domid);
        final EventChannelPort port = connectStore(domid);
        DeviceNodes.write(store, DeviceNodes.domain(new DomainNodesSpec(
            domid, actor.name(), new UUID(domid.value(), actorCount), frames * 4L, frames * 4L, 1, 1, Instant.EPOCH)));
        store.introduce(domid, GrantRef.RESERVED_XENSTORE.value(), port);
        machine().spawn(actor, processEnd);
    }

    /** Another process carries the driver domain: frontends find it as it was. */
    private void restart(final DriverActor dead, final Domid domid)
    {
        final DriverActor next = new DriverActor(machine(), dead.kind(), ++actorCount);
        domctl.restart(domid);
        final int processEnd = domctl.processEnd();
        final EventChannelPort port = connectStore(domid);
        store.introduce(domid, GrantRef.RESERVED_XENSTORE.value(), port);
        domids.remove(dead);
        register(next, domid);
        drivers.put(next.kind(), next);
        for (final Guest guest : guests)
        {
            if (backends.get(next.kind()).replace(guest, dead, next))
            {
                giveImage(next, guest);
            }
        }
        machine().spawn(next, processEnd);
    }

    private EventChannelPort connectStore(final Domid domid)
    {
        long port;
        do
        {
            awaitStore();
            port = domctl.connectStore(domid, domids.get(storeActor));
        }
        while (port == Errno.ESRCH.negative());                  // xenstore was killed at this very moment

        if (port <= 0)
        {
            throw new AssertionError("no store port for d" + domid + ": " + port);
        }
        return new EventChannelPort((int)port);
    }

    private void register(final Actor actor, final Domid domid)
    {
        actors.put(domid.value(), actor);
        domids.put(actor, domid);
        machine().onBuilt(actor, domid.value());
    }

    /** A domain that is being taken apart has no process; those who use its devices are told so. */
    boolean hasLostBackend(final Guest guest, final String kind)
    {
        final DriverActor driver = backends.get(kind).get(guest);
        final Domid domid = driver == null ? null : domids.get(driver);
        final KernelDomain domain = domid == null ? null : machine().hypervisor().domains().find(domid.value());
        return domain != null && domain.isAbandoned();
    }

    private void attachDevice(final String kind, final Guest guest)
    {
        final DriverActor driver = drivers.get(kind);
        final Domid frontend = domids.get(guest);
        final Domid backend = domids.get(driver);
        final List<StoreNode> nodes;
        if (kind.equals(DeviceNodes.VBD))
        {
            giveImage(driver, guest);
            nodes = DeviceNodes.vbd(
                frontend, backend, DiskSpecParser.parse("file:" + directory.resolve("disk") + ",xvda,w", true).disk());
        }
        else
        {
            final MacAddress mac = MacAddress.parse(String.format("00:16:3e:00:00:%02x", frontend.value()));
            nodes = DeviceNodes.vif(frontend, backend, new VifSpec(
                0, mac, null, "lan", null, List.of(), null, null, null, VifSpec.DEFAULT_MTU, null, null, true));
        }
        if (backends.get(kind).containsKey(guest))
        {
            DeviceNodes.removeDevice(store, kind, frontend, kind.equals(DeviceNodes.VBD) ? VDEV : 0);
        }
        DeviceNodes.write(store, nodes);
        backends.get(kind).put(guest, driver);
    }

    /** Under a name of the process, so that it is known whose descriptor it is. One that has died does not get it. */
    private void giveImage(final DriverActor driver, final Guest guest)
    {
        if (!driver.kind().equals(DeviceNodes.VBD))
        {
            return;
        }
        final Path own = directory.resolve(driver.name() + "-" + guest.name() + ".img");
        try
        {
            Files.createLink(own, directory.resolve(guest.name() + ".img"));
            imageFd = Fcntl.open(own.toString(), Fcntl.O_RDWR, 0);
            domctl.give(domids.get(driver), "vbd/" + domids.get(guest) + "/" + VDEV, imageFd);
            Unistd.close(imageFd);
            imageFd = -1;
            Files.delete(own);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }
}
