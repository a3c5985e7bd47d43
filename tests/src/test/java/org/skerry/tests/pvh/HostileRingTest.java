package org.skerry.tests.pvh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.blkback.BlkDriverDomain;
import org.skerry.guest.Domain;
import org.skerry.guest.blkfront.Blkfront;
import org.skerry.guest.blkfront.Blkfronts;
import org.skerry.guest.netfront.Netfront;
import org.skerry.guest.xenbus.BackendBus;
import org.skerry.guest.xenbus.FrontendBus;
import org.skerry.guest.xenstore.MemoryXenstore;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.netback.NetDriverDomain;
import org.skerry.pvh.KvmException;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.skerry.tests.pvh.GuestCode.DATA;

/**
 * Kernels that spoil the block and net rings they share with real backends, their indices and their grants, as
 * {@link RingNoise} has it. A bystander has a disk on the same block domain and a vif on the same switch: all that it
 * reads and writes is right, both backends serve the next guest, and no page is written that was not granted for it.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class HostileRingTest
{
    private static final int DISK_SECTORS = 4096;
    private static final int DOMID_SELF = 0x7FF0;
    private static final int EVENT_CHANNEL_OP = 32;
    private static final int BLK_PORT = DATA;
    private static final int NET_PORT = DATA + 0x40;
    private static final int READY = DATA + 0x80;
    private static final int GO = DATA + 0xC0;
    private static final int SERVED = DATA + 0x100;
    private static final int PATIENCE = DATA + 0x140;
    private static final int MAX_LOOKS = 100_000;
    private static final int MAX_TRANSFER = 88;
    private static final long SECRET_WORD = 0x7365_6372_6574_2121L;

    @TempDir
    private Path directory;

    private final TestHost host = new TestHost(2);
    private final MemoryXenstore xenstore = new MemoryXenstore();
    private final XenstoreClient dom0 = xenstore.client(Domid.DOM0);
    private final byte[] content = new byte[DISK_SECTORS * 512];
    private final Random bystanderRandom = new Random(11);
    private Domain blk;
    private Domain net;
    private Domain bystander;
    private BackendBus disks;
    private BackendBus vifs;
    private Blkfront disk;
    private Netfront vif;
    private TinyGuest hostile;
    private Domid lastGuest;
    private int transfers;
    private long served;

    @BeforeEach
    void prepare() throws IOException
    {
        blk = host.newDomain("blk", 256);
        net = host.newDomain("net", 512);
        bystander = host.newDomain("bystander", 1024);
        disks = new BlkDriverDomain(blk).serve(xenstore.client(blk.domid()));
        vifs = new NetDriverDomain(net, SystemNanoClock.INSTANCE).serve(xenstore.client(net.domid()));
        bystander.loop().addAgent(new Others());

        bystanderRandom.nextBytes(content);
        plugDisk(bystander.domid(), "bystander.img", content);
        plugVif(bystander.domid());
        final XenstoreClient store = xenstore.client(bystander.domid());
        new FrontendBus(store, bystander.domid(), "vif", device ->
        {
            vif = Netfront.probe(device, bystander);
            bystander.loop().addAgent(vif);
            return vif;
        });
        final Blkfronts fronts = new Blkfronts(bystander, store);
        assertTrue(fronts.awaitConnected(20_000), xenstore::toString);
        disk = fronts.disk("xvda");
    }

    @AfterEach
    void close()
    {
        host.close();
    }

    /** {@code -Dskerry.hostile.seconds} is how long, else a second. */
    @Test
    void shouldHarmNobodyByWhateverIsInTheRings() throws KvmException, IOException
    {
        final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Integer.getInteger("skerry.hostile.seconds", 1));
        long seed = System.nanoTime();
        int kernels = 0;
        do
        {
            beHostile(seed, kernels % 2 == 1);
            seed++;
            kernels++;
        }
        while (kernels < 2 || System.nanoTime() < end);

        assertArrayEquals(content, Files.readAllBytes(directory.resolve("bystander.img")));
        assertTrue(vif.hasCarrier());
        assertTrue(served > 0);
        System.out.println("kernels with hostile rings: " + kernels + ", batches that were answered " + served +
            ", transfers of the bystander " + transfers + ", its vif " + vif.statistics());
    }

    private void beHostile(final long seed, final boolean isWild) throws KvmException, IOException
    {
        final String said = "seed=" + seed + ", wild=" + isWild;
        try (TinyGuest guest = new TinyGuest(host, 1))
        {
            hostile = guest;
            final Domid domid = guest.domain().domid();
            guest.guest().serveGrants();
            for (int at = RingNoise.SECRET << 12; at < RingNoise.SECRET_END << 12; at += Long.BYTES)
            {
                guest.memory().putLong(at, SECRET_WORD);
            }
            final RingNoise noise = new RingNoise(
                guest.memory(), new Random(seed), guest.domain().startInfo().grantTableFrame() << 12,
                blk.domid().value(), net.domid().value(), BLK_PORT + 4, NET_PORT + 4, isWild);
            noise.write();
            guest.start(kernel(noise));
            runUntil(() -> guest.memory().getIntVolatile(READY) == 1, said);
            connect(guest);
            guest.memory().putIntVolatile(GO, 1);

            while (!guest.hasEnded())
            {
                useDisk();
                vif.send(new UnsafeBuffer(new byte[60]), 0, 60);
            }

            assertEquals(null, guest.why(), said);
            served += guest.memory().getInt(SERVED);
            for (int at = RingNoise.SECRET << 12; at < RingNoise.SECRET_END << 12; at += Long.BYTES)
            {
                assertEquals(SECRET_WORD, guest.memory().getLong(at), said);
            }
            hostile = null;
        }
        dom0.rm("/local/domain/" + lastGuest);
        dom0.rm(back(blk, "vbd", lastGuest, 51712));
        dom0.rm(back(net, "vif", lastGuest, 0));
        runUntil(() -> disks.deviceCount() == 1 && vifs.deviceCount() == 1, said);
    }

    /** Sectors anywhere are written, and others are as they were written last. */
    private void useDisk() throws IOException
    {
        final int count = 1 + bystanderRandom.nextInt(MAX_TRANSFER);
        final int sector = bystanderRandom.nextInt(DISK_SECTORS - count);
        final byte[] bytes = new byte[count * 512];
        bystanderRandom.nextBytes(bytes);
        disk.write(sector, count, new UnsafeBuffer(bytes), 0);
        System.arraycopy(bytes, 0, content, sector * 512, bytes.length);

        final int from = bystanderRandom.nextInt(DISK_SECTORS - count);
        disk.read(from, count, new UnsafeBuffer(bytes), 0);
        assertEquals(-1, Arrays.mismatch(content, from * 512, from * 512 + bytes.length, bytes, 0, bytes.length),
            "first wrong byte from sector " + from);
        transfers++;
    }

    /** As a toolstack plugs them and a frontend connects them. */
    private void connect(final TinyGuest guest) throws IOException
    {
        lastGuest = guest.domain().domid();
        plugDisk(lastGuest, "hostile.img", new byte[DISK_SECTORS * 512 / 2]);
        plugVif(lastGuest);
        final String blkState = back(blk, "vbd", lastGuest, 51712) + "/state";
        final String netState = back(net, "vif", lastGuest, 0) + "/state";
        runUntil(() -> "2".equals(dom0.read(blkState)) && "2".equals(dom0.read(netState)), "no backend");
        write(front(lastGuest, "vbd", 51712), "ring-ref", RingNoise.BLK_REF,
            "event-channel", guest.memory().getInt(BLK_PORT + 4), "protocol", "x86_64-abi", "state", 3);
        write(front(lastGuest, "vif", 0), "tx-ring-ref", RingNoise.TX_REF, "rx-ring-ref", RingNoise.RX_REF,
            "event-channel", guest.memory().getInt(NET_PORT + 4), "request-rx-copy", 1, "feature-rx-notify", 1,
            "feature-sg", 1, "state", 4);
        runUntil(() -> "4".equals(dom0.read(blkState)) && "4".equals(dom0.read(netState)), "not connected");
    }

    /** Makes its ports and grants, waits for the word, and goes through the steps. */
    private GuestCode kernel(final RingNoise noise)
    {
        final GuestCode code = new GuestCode()
            .store(BLK_PORT, DOMID_SELF | blk.domid().value() << 16).hypercall(EVENT_CHANNEL_OP, 6, BLK_PORT).expect(0)
            .store(NET_PORT, DOMID_SELF | net.domid().value() << 16).hypercall(EVENT_CHANNEL_OP, 6, NET_PORT).expect(0);
        for (final int[] grant : noise.firstGrants())
        {
            code.store(grant[0] + 4, grant[2]).store(grant[0], grant[1]);
        }

        return code.store(PATIENCE, MAX_LOOKS).store(READY, 1).awaitAt(GO, 1)
            .movLong(GuestCode.RBX, RingNoise.STEPS)
            .label("step").bytes(0x8B, 0x0B, 0x8B, 0x43, 0x04)              // ecx = [rbx]; eax = [rbx + 4]
            .bytes(0x83, 0x7B, 0x08, RingNoise.AWAIT)                       // cmp dword [rbx + 8]
            .bytes(0x0F, 0x84).relative("await").bytes(0x0F, 0x8F).relative("end")
            .bytes(0x83, 0x7B, 0x08, 0, 0x0F, 0x8C).relative("await")
            .bytes(0x83, 0x7B, 0x08, RingNoise.KICK, 0x0F, 0x84).relative("kick")
            .bytes(0x89, 0x01)                                              // [rcx] = eax
            .label("next").bytes(0x48, 0x83, 0xC3, RingNoise.STEP_LENGTH).jump("step")
            .label("kick").bytes(0x89, 0xCE).mov(GuestCode.RDI, 4).mov(GuestCode.RAX, EVENT_CHANNEL_OP)
            .bytes(0xE7, 0xEA).jump("next")                                 // rsi = rcx; send
            .label("await").bytes(0x8B, 0x14, 0x25)
            .bytes(PATIENCE & 0xFF, PATIENCE >> 8 & 0xFF, PATIENCE >> 16, 0)  // edx = [PATIENCE]
            .label("look").bytes(0x39, 0x01, 0x0F, 0x84).relative("served")
            .bytes(0xF3, 0x90, 0xFF, 0xCA, 0x0F, 0x85).relative("look")
            .bytes(0xD1, 0x2C, 0x25, PATIENCE & 0xFF, PATIENCE >> 8 & 0xFF, PATIENCE >> 16, 0)
            .bytes(0x83, 0x0C, 0x25, PATIENCE & 0xFF, PATIENCE >> 8 & 0xFF, PATIENCE >> 16, 0, 1)
            .bytes(0x83, 0x7B, 0x08, 0, 0x0F, 0x8D).relative("next")        // half the patience, at least 1
            .jump("end")
            .label("served").count(SERVED).jump("next")
            .label("end").powerOff();
    }

    private void plugDisk(final Domid guest, final String name, final byte[] bytes) throws IOException
    {
        final Path image = Files.write(directory.resolve(name), bytes);
        final int fd = Fcntl.open(image.toString(), Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        assertEquals(0, host.give(blk.domid().value(), "vbd/" + guest + "/51712", fd));
        Unistd.close(fd);
        plug(blk, guest, "vbd", 51712, "mode", "w");
    }

    private void plugVif(final Domid guest)
    {
        final String mac = String.format("00:16:3e:00:00:%02x", guest.value() & 0xFF);
        write(front(guest, "vif", 0), "mac", mac);
        plug(net, guest, "vif", 0, "mac", mac, "switch", "lan");
    }

    private void plug(final Domain driver, final Domid guest, final String type, final int id, final Object... more)
    {
        final String front = front(guest, type, id);
        final String back = back(driver, type, guest, id);
        write(back, more);
        write(front, "backend", back, "backend-id", driver.domid(), "state", 1);
        write(back, "frontend", front, "frontend-id", guest, "online", 1, "state", 1);
    }

    private void write(final String directory, final Object... keysAndValues)
    {
        for (int i = 0; i < keysAndValues.length; i += 2)
        {
            dom0.write(directory + "/" + keysAndValues[i], keysAndValues[i + 1].toString());
        }
    }

    private static String front(final Domid guest, final String type, final int id)
    {
        return "/local/domain/" + guest + "/device/" + type + "/" + id;
    }

    private static String back(final Domain driver, final String type, final Domid guest, final int id)
    {
        return "/local/domain/" + driver.domid() + "/backend/" + type + "/" + guest + "/" + id;
    }

    private void runUntil(final BooleanSupplier condition, final String said)
    {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean())
        {
            assertTrue(deadline - System.nanoTime() > 0, () -> said + "\n" + xenstore);
            bystander.loop().poll(0);
        }
    }

    /** Everybody else has a turn while the bystander waits. */
    private final class Others implements Agent
    {
        @Override
        public int doWork()
        {
            xenstore.dispatch();
            blk.loop().poll(0);
            net.loop().poll(0);
            if (hostile != null)
            {
                hostile.domain().loop().poll(0);
            }
            return 1;
        }

        @Override
        public String roleName()
        {
            return "others";
        }
    }
}
