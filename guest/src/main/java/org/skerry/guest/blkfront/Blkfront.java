package org.skerry.guest.blkfront;

import static org.skerry.wire.Blkif.BLKIF_RSP_OKAY;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.xenbus.FrontendDevice;
import org.skerry.guest.xenbus.XenbusDevice;
import org.skerry.wire.Blkif;
import org.skerry.wire.XenbusState;

/**
 * One disk of this domain. Sectors are 512 bytes everywhere, also on a disk with a larger {@link #sectorSize()}, which
 * only says to what a request must be aligned.
 *
 * <p>{@link #submitRead}, {@link #submitWrite} and {@link #submitFlush} put a request of up to {@link #MAX_SECTORS}
 * sectors into the ring and return; {@link #read}, {@link #write} and {@link #flush} take any number of sectors and
 * return when all is done, running the domain's event loop meanwhile (so handlers of other devices run inside).
 * A write is on the disk after a flush that was submitted when the write had completed.
 *
 * <p>While the backend is away nothing fails: requests in flight stay in flight, and {@code submit} has no room. They
 * fail when the toolstack or the backend ends the disk, or when the backend breaks the protocol.
 */
public final class Blkfront implements FrontendDevice
{
    /** Most sectors of one request. */
    public static final int MAX_SECTORS = BlkfrontRing.MAX_SECTORS;

    /** Pages for data when nothing else is said: 512 KiB in flight. */
    static final int DATA_FRAMES = 128;

    private static final int PAGE_LENGTH = 4096;
    private static final int MAX_SECTOR_SIZE = 4096;
    private static final int RESPONSE_LIMIT = 128;
    private static final int MAX_INFO = 0xFFFF;

    private final XenbusDevice device;
    private final BlkfrontHost host;
    private final int dataFrames;
    private BlkfrontHost.Pages pages;
    private BlkfrontHost.Channel channel;
    private BlkfrontRing ring;
    private int ringRef;
    private long sectorCount;
    private int sectorSize = Blkif.SECTOR_LENGTH;
    private int info;
    private boolean isConnected;
    private boolean isAway;             // the backend's process: its end of the channel is closed
    private boolean isGone;
    private boolean isRefused;          // by us: the backend broke the protocol, or there is no device any more
    private Runnable onChange = () -> {};

    /**
     * Begin the handshake when the backend is ready for it.
     *
     * @param device its directories in xenstore.
     * @param host   the domain.
     */
    public Blkfront(final XenbusDevice device, final BlkfrontHost host)
    {
        this(device, host, DATA_FRAMES);
    }

    /**
     * Begin the handshake when the backend is ready for it.
     *
     * @param device     its directories in xenstore.
     * @param host       the domain.
     * @param dataFrames pages for data in flight, 11 or more.
     */
    public Blkfront(final XenbusDevice device, final BlkfrontHost host, final int dataFrames)
    {
        if (dataFrames < Blkif.BLKIF_MAX_SEGMENTS_PER_REQUEST)
        {
            throw new IllegalArgumentException("too few pages for one request: dataFrames=" + dataFrames);
        }
        this.device = device;
        this.host = host;
        this.dataFrames = dataFrames;
    }

    /** @return number of the virtual device, as 51712. */
    public int vdev()
    {
        return device.id();
    }

    /** @return its name, as {@code xvda}. */
    public String name()
    {
        return VdevName.of(device.id());
    }

    /** @return true while there is a backend that has agreed to serve. */
    public boolean isConnected()
    {
        return isConnected && !isAway;
    }

    /** @return true when the disk has ended, see above: every request fails. */
    public boolean isGone()
    {
        return isGone;
    }

    /** @return sectors of 512 bytes; 0 before the first connection. */
    public long sectorCount()
    {
        return sectorCount;
    }

    /** @return bytes that requests are aligned to: 512 to 4096, a power of two. */
    public int sectorSize()
    {
        return sectorSize;
    }

    /** @return true when writes fail. */
    public boolean isReadOnly()
    {
        return (info & Blkif.VDISK_READONLY) != 0;
    }

    /** @return true for a CD. */
    public boolean isCdrom()
    {
        return (info & Blkif.VDISK_CDROM) != 0;
    }

    /** @return true when a flush does something. */
    public boolean hasFlush()
    {
        return ring != null && ring.flushOperation() != BlkfrontRing.NO_FLUSH;
    }

    /** @return requests that have no response yet, 0 to 32. */
    public int inFlight()
    {
        return ring == null ? 0 : ring.inFlight();
    }

    /** @param handler called after {@link #isConnected()} or {@link #isGone()} has changed. */
    public void onChange(final Runnable handler)
    {
        onChange = Objects.requireNonNull(handler);
    }

    /**
     * Read sectors; the bytes are in their place when the completion is called.
     *
     * @param sector      first one.
     * @param count       1 to {@link #MAX_SECTORS}.
     * @param destination for count * 512 bytes; left alone until the completion.
     * @param offset      in it.
     * @param completion  hears of the end.
     * @param token       for it.
     * @return false when there is no room now, or no connection.
     * @throws IllegalArgumentException when the sectors are not on the disk or not aligned.
     */
    public boolean submitRead(
        final long sector, final int count, final MutableDirectBuffer destination, final int offset,
        final BlkfrontCompletion completion, final long token)
    {
        if (!isReady(sector, count, destination, offset))
        {
            return false;
        }
        ring.submit(Blkif.BLKIF_OP_READ, sector, count, null, destination, offset, completion, token);
        push();

        return true;
    }

    /**
     * Write sectors.
     *
     * @param sector     first one.
     * @param count      1 to {@link #MAX_SECTORS}.
     * @param source     of count * 512 bytes; copied before this returns.
     * @param offset     in it.
     * @param completion hears of the end.
     * @param token      for it.
     * @return false when there is no room now, or no connection.
     * @throws IllegalArgumentException when the sectors are not on the disk or not aligned.
     */
    public boolean submitWrite(
        final long sector, final int count, final DirectBuffer source, final int offset,
        final BlkfrontCompletion completion, final long token)
    {
        if (!isReady(sector, count, source, offset))
        {
            return false;
        }
        ring.submit(Blkif.BLKIF_OP_WRITE, sector, count, source, null, offset, completion, token);
        push();

        return true;
    }

    /**
     * Make all completed writes last. Completes at once when the backend has nothing to flush.
     *
     * @param completion hears of the end.
     * @param token      for it.
     * @return false when there is no room now, or no connection.
     */
    public boolean submitFlush(final BlkfrontCompletion completion, final long token)
    {
        if (!isConnected() || !ring.hasRoom(0))
        {
            return false;
        }
        if (ring.flushOperation() == BlkfrontRing.NO_FLUSH)
        {
            completion.onComplete(token, BLKIF_RSP_OKAY);
            return true;
        }
        ring.submit(ring.flushOperation(), 0, 0, null, null, 0, completion, token);
        push();

        return true;
    }

    /**
     * Read any number of sectors and wait for them.
     *
     * @param sector      first one.
     * @param count       1 or more.
     * @param destination for count * 512 bytes.
     * @param offset      in it.
     * @throws IOException when the backend says so, or the disk is gone.
     */
    public void read(final long sector, final int count, final MutableDirectBuffer destination, final int offset)
        throws IOException
    {
        destination.boundsCheck(offset, count << Blkif.SECTOR_SHIFT);
        Transfer.ofSectors(this, sector, count).run((at, sectors, position, transfer) ->
            submitRead(at, sectors, destination, offset + position, transfer, at));
    }

    /**
     * Write any number of sectors and wait for them; a {@link #flush()} makes them last.
     *
     * @param sector first one.
     * @param count  1 or more.
     * @param source of count * 512 bytes.
     * @param offset in it.
     * @throws IOException when the backend says so, or the disk is gone.
     */
    public void write(final long sector, final int count, final DirectBuffer source, final int offset)
        throws IOException
    {
        source.boundsCheck(offset, count << Blkif.SECTOR_SHIFT);
        Transfer.ofSectors(this, sector, count).run((at, sectors, position, transfer) ->
            submitWrite(at, sectors, source, offset + position, transfer, at));
    }

    /**
     * Make all completed writes last, and wait for it.
     *
     * @throws IOException when the backend says so, or the disk is gone.
     */
    public void flush() throws IOException
    {
        Transfer.ofFlush(this).run((at, sectors, position, transfer) -> submitFlush(transfer, at));
    }

    /**
     * Wait for the connection.
     *
     * @param timeoutMs longest wait in milliseconds.
     * @return {@link #isConnected()}.
     */
    public boolean awaitConnected(final long timeoutMs)
    {
        final long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        long leftNs;
        while (!isConnected() && !isGone && (leftNs = deadlineNs - System.nanoTime()) > 0)
        {
            host.poll((int)Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(leftNs) + 1));
        }

        return isConnected();
    }

    @Override
    public void onBackendState(final XenbusState backend)
    {
        switch (backend)
        {
            case INIT_WAIT, INITIALISED ->
            {
                if (!isRefused && (ring == null || device.state() != XenbusState.INITIALISED))
                {
                    isGone = false;
                    publish();
                }
            }
            case CONNECTED ->
            {
                if (ring != null)
                {
                    connect();
                }
            }
            case CLOSING ->
            {
                end();
                device.switchState(XenbusState.CLOSED);     // the backend lets go of our pages, and says Closed
            }
            case CLOSED ->
            {
                end();
                device.switchState(XenbusState.CLOSED);
                freePages();
            }
            case INITIALISING, UNKNOWN, RECONFIGURING, RECONFIGURED ->
            {
                // The backend is away, or not there yet: what is in flight waits.
            }
        }
    }

    /** The toolstack has taken the disk away. */
    @Override
    public void close()
    {
        isRefused = true;
        end();
        freePages();
    }

    void requireSectors(final long sector, final int count)
    {
        final int alignment = sectorSize / Blkif.SECTOR_LENGTH - 1;
        if (count < 1 || sector < 0 || sector > sectorCount - count || ((sector | count) & alignment) != 0)
        {
            throw new IllegalArgumentException("not sectors of this disk: sector=" + sector + ", count=" + count +
                ", sectors=" + sectorCount + ", sector-size=" + sectorSize);
        }
    }

    void poll()
    {
        host.poll(-1);
    }

    /** Offer the ring; when there was one before, begin anew with what is in flight. */
    private void publish()
    {
        setConnected(false);
        if (ring == null)
        {
            try
            {
                allocate();
            }
            catch (final IllegalStateException exception)
            {
                device.fail("no pages for the ring: " + exception.getMessage());
                return;
            }
        }
        else
        {
            channel.close();
            ring.restart();
        }
        isAway = false;
        channel = host.allocateChannel(device.otherEnd(), this::onEvent, this::onRemoteClosed);
        device.writeAll(
            Map.of(
                "ring-ref", Integer.toString(ringRef),
                "event-channel", Integer.toString(channel.port()),
                "protocol", Blkif.PROTOCOL_X86_64,
                "feature-persistent", "1"));
        device.switchState(XenbusState.INITIALISED);
    }

    private void allocate()
    {
        freePages();
        pages = host.allocatePages(device.otherEnd(), 1 + dataFrames);
        ringRef = pages.grant(0);
        final int[] refs = new int[dataFrames];
        for (int i = 0; i < dataFrames; i++)
        {
            refs[i] = pages.grant(1 + i);
        }
        ring = new BlkfrontRing(
            new UnsafeBuffer(pages.buffer(), 0, PAGE_LENGTH),
            new UnsafeBuffer(pages.buffer(), PAGE_LENGTH, dataFrames * PAGE_LENGTH), refs);
    }

    private void connect()
    {
        final long sectors = device.readOtherNumber("sectors", Long.MAX_VALUE >> Blkif.SECTOR_SHIFT);
        final long size = device.readOtherNumber("sector-size", MAX_SECTOR_SIZE);
        final long bits = device.readOtherNumber("info", MAX_INFO);
        if (sectors < 0 || size < Blkif.SECTOR_LENGTH || Long.bitCount(size) != 1)
        {
            onViolation("the backend describes no disk: sectors=" + sectors + ", sector-size=" + size);
            return;
        }
        sectorCount = sectors;
        sectorSize = (int)size;
        info = Math.max(0, (int)bits);
        ring.flushes(
            device.readOtherNumber("feature-flush-cache", 1) == 1, device.readOtherNumber("feature-barrier", 1) == 1);
        if (device.switchState(XenbusState.CONNECTED))
        {
            setConnected(true);
            channel.notifyRemote();                         // what was in flight may be waiting for a bell
            onEvent();
        }
    }

    private void push()
    {
        if (ring.push())
        {
            channel.notifyRemote();
        }
    }

    /** @return whether there was something to do. */
    private boolean onEvent()
    {
        if (ring == null)
        {
            return false;
        }
        setAway(!channel.isBound());                        // a bell may be heard, a node seen, after its end
        final BlkfrontRing drained = ring;
        final int result = drained.drain(RESPONSE_LIMIT);
        if (ring != drained)
        {
            return true;                                    // a completion has ended the disk
        }
        if (result == BlkfrontRing.PROTOCOL_VIOLATION)
        {
            onViolation("the backend answered what was not asked");
            return true;
        }
        push();                                             // a flush may have become a barrier
        if (ring.hasMore())
        {
            host.execute(this::onEvent);
        }

        return result > 0;
    }

    private void onRemoteClosed()
    {
        if (ring != null)
        {
            setAway(true);
        }
    }

    private void onViolation(final String why)
    {
        isRefused = true;
        device.fail(why);
        end();
    }

    /** Stop using the disk; the backend may still have our pages mapped. */
    private void end()
    {
        isGone = true;
        isConnected = false;
        final BlkfrontRing ended = ring;
        ring = null;
        if (channel != null)
        {
            channel.close();
            channel = null;
        }
        if (ended != null)
        {
            ended.end();
        }
        onChange.run();
    }

    private void freePages()
    {
        if (pages != null)
        {
            pages.close();
            pages = null;
        }
    }

    private void setAway(final boolean away)
    {
        if (isAway != away)
        {
            isAway = away;
            onChange.run();
        }
    }

    private void setConnected(final boolean connected)
    {
        if (isConnected != connected)
        {
            isConnected = connected;
            onChange.run();
        }
    }

    private boolean isReady(final long sector, final int count, final DirectBuffer buffer, final int offset)
    {
        if (!isConnected() || !ring.hasRoom(Math.min(Math.max(count, 0), MAX_SECTORS)))
        {
            return false;
        }
        if (count > MAX_SECTORS)
        {
            throw new IllegalArgumentException("too many sectors for one request: count=" + count);
        }
        requireSectors(sector, count);
        buffer.boundsCheck(offset, count << Blkif.SECTOR_SHIFT);

        return true;
    }

    @Override
    public String toString()
    {
        return name() + " " + sectorCount + " sectors" + (isReadOnly() ? ", read-only" : "") +
            (isConnected() ? "" : isGone ? ", gone" : ", not connected");
    }
}
