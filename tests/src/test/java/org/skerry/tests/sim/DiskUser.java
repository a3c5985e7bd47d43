package org.skerry.tests.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.blkfront.Blkfront;
import org.skerry.guest.blkfront.Blkfronts;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.toolstack.device.DeviceNodes;
import org.skerry.wire.Blkif;

/** Reads, writes and flushes a disk at random and knows what must be there. */
final class DiskUser implements Guest.Part
{
    static final int SECTOR_COUNT = 256;

    private static final int CALM_GOAL = 12;
    private static final int MAX_TURNS_WITHOUT_BACKEND = 10;

    private final Guest guest;
    private final Path image;
    private final DiskModel model = new DiskModel(SECTOR_COUNT);
    private final Map<Long, Request> requests = new HashMap<>();
    private final boolean[] isBusy = new boolean[SECTOR_COUNT];
    private Blkfronts fronts;
    private long lastNumber;
    private long lastToken;
    private int doneInCalm;
    private int turnsWithoutBackend;

    private record Request(int sector, int count, long firstNumber, UnsafeBuffer buffer)
    {
    }

    DiskUser(final Guest guest, final Path image)
    {
        this.guest = guest;
        this.image = image;
        try
        {
            Files.write(image, new byte[SECTOR_COUNT * DiskModel.SECTOR_LENGTH]);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void boot(final XenstoreClient store)
    {
        fronts = new Blkfronts(guest.domain(), store);
    }

    @Override
    public void work()
    {
        final Blkfront disk = fronts.disk("xvda");
        turnsWithoutBackend = disk != null && disk.isConnected() && !guest.isHostile() &&
            guest.machine().dom0().hasLostBackend(guest, DeviceNodes.VBD) ? turnsWithoutBackend + 1 : 0;
        if (turnsWithoutBackend > MAX_TURNS_WITHOUT_BACKEND)
        {
            throw new AssertionError(guest + " was not told that its backend is gone");
        }
        if (disk == null || !disk.isConnected() || guest.machine().isCalm() && doneInCalm >= CALM_GOAL)
        {
            return;
        }
        for (int i = guest.machine().random().nextInt(4); i > 0; i--)
        {
            submit(disk);
        }
    }

    @Override
    public boolean isContent()
    {
        return doneInCalm >= CALM_GOAL && requests.isEmpty();
    }

    @Override
    public String toString()
    {
        return "disk: done " + doneInCalm + ", waiting " + requests.keySet() +
            (fronts == null ? "" : ", " + fronts.disks());
    }

    boolean isConnected()
    {
        final Blkfront disk = fronts.disk("xvda");
        return disk != null && disk.isConnected();
    }

    /** The disk itself, when nobody writes it any more. */
    void checkImage()
    {
        try
        {
            final UnsafeBuffer bytes = new UnsafeBuffer(Files.readAllBytes(image));
            for (int i = 0; i < SECTOR_COUNT && !guest.isHostile(); i++)
            {
                model.check(i, bytes, i * DiskModel.SECTOR_LENGTH);
            }
            Files.delete(image);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private void submit(final Blkfront disk)
    {
        final int dice = guest.machine().random().nextInt(10);
        if (dice == 0)
        {
            final Request request = new Request(0, 0, 0, null);
            requests.put(++lastToken, request);
            if (!disk.submitFlush(this::onComplete, lastToken))
            {
                requests.remove(lastToken);
            }
            return;
        }

        final int count = 1 + guest.machine().random().nextInt(Math.min(dice * 10, Blkfront.MAX_SECTORS));
        final int sector = guest.machine().random().nextInt(SECTOR_COUNT - count);
        for (int i = 0; i < count; i++)
        {
            if (isBusy[sector + i])
            {
                return;
            }
        }
        final boolean isWrite = dice < 6;
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[count * DiskModel.SECTOR_LENGTH]);
        final Request request = new Request(sector, count, isWrite ? lastNumber + 1 : 0, buffer);
        for (int i = 0; isWrite && i < count; i++)
        {
            DiskModel.fill(buffer, i * DiskModel.SECTOR_LENGTH, ++lastNumber);
        }
        requests.put(++lastToken, request);
        final boolean isSubmitted = isWrite ?
            disk.submitWrite(sector, count, buffer, 0, this::onComplete, lastToken) :
            disk.submitRead(sector, count, buffer, 0, this::onComplete, lastToken);
        if (!isSubmitted)
        {
            requests.remove(lastToken);
            return;
        }
        guest.machine().trace().add(
            guest + " submits " + lastToken + ": " + sector + "+" + count + (isWrite ? " w" : " r"));
        for (int i = 0; i < count; i++)
        {
            isBusy[sector + i] = true;
            if (isWrite)
            {
                model.onWriteSubmitted(sector + i, request.firstNumber + i);
            }
        }
    }

    private void onComplete(final long token, final int status)
    {
        guest.machine().trace().add(guest + " completes " + token + ": " + status);
        final Request request = requests.remove(token);
        if (guest.isHostile())
        {
            return;
        }
        if (request == null)
        {
            throw new AssertionError(guest + " was answered what it does not wait for: " + token);
        }
        for (int i = 0; i < request.count; i++)
        {
            isBusy[request.sector + i] = false;
            if (status == Blkif.BLKIF_RSP_OKAY && request.firstNumber > 0)
            {
                model.onWritten(request.sector + i, request.firstNumber + i);
            }
            else if (status == Blkif.BLKIF_RSP_OKAY)
            {
                model.onRead(request.sector + i, request.buffer, i * DiskModel.SECTOR_LENGTH);
            }
        }
        if (guest.machine().isCalm() && status == Blkif.BLKIF_RSP_OKAY)
        {
            doneInCalm++;
        }
    }
}
