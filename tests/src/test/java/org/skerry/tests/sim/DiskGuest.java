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
import org.skerry.guest.xenstore.XenstoreRingClient;
import org.skerry.wire.Blkif;

/** A guest that reads, writes and flushes its disk at random and knows what must be there. */
final class DiskGuest extends Actor
{
    static final int SECTOR_COUNT = 256;

    private static final int CALM_GOAL = 12;

    private final Path image;
    private final boolean isHostile;
    private final DiskModel model = new DiskModel(SECTOR_COUNT);
    private final Map<Long, Request> requests = new HashMap<>();
    private final boolean[] isBusy = new boolean[SECTOR_COUNT];
    private Blkfronts fronts;
    private long lastNumber;
    private long lastToken;
    private int doneInCalm;

    private record Request(int sector, int count, long firstNumber, UnsafeBuffer buffer)
    {
    }

    DiskGuest(final Machine machine, final String name, final Path image, final boolean isHostile)
    {
        super(machine, name);
        this.image = image;
        this.isHostile = isHostile;
        try
        {
            Files.write(image, new byte[SECTOR_COUNT * DiskModel.SECTOR_LENGTH]);
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    Path image()
    {
        return image;
    }

    @Override
    void boot()
    {
        fronts = new Blkfronts(domain(), XenstoreRingClient.attach(domain()));
    }

    @Override
    void work()
    {
        final Blkfront disk = fronts.disk("xvda");
        if (disk == null || !disk.isConnected() || machine().isCalm() && doneInCalm >= CALM_GOAL)
        {
            return;
        }
        for (int i = machine().random().nextInt(4); i > 0; i--)
        {
            submit(disk);
        }
    }

    @Override
    boolean isContent()
    {
        return doneInCalm >= CALM_GOAL && requests.isEmpty();
    }

    @Override
    boolean isHostile()
    {
        return isHostile;
    }

    @Override
    void onEnd()
    {
        requests.clear();
    }

    /** The disk itself, when nobody writes it any more. */
    void checkImage()
    {
        try
        {
            final UnsafeBuffer bytes = new UnsafeBuffer(Files.readAllBytes(image));
            for (int i = 0; i < SECTOR_COUNT && !isHostile; i++)
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
        final int dice = machine().random().nextInt(10);
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

        final int count = 1 + machine().random().nextInt(Math.min(dice * 10, Blkfront.MAX_SECTORS));
        final int sector = machine().random().nextInt(SECTOR_COUNT - count);
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
        machine().trace().add(name() + " submits " + lastToken + ": " + sector + "+" + count + (isWrite ? " w" : " r"));
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
        machine().trace().add(name() + " completes " + token + ": " + status);
        final Request request = requests.remove(token);
        if (isHostile)
        {
            return;
        }
        if (request == null)
        {
            throw new AssertionError(name() + " was answered what it does not wait for: " + token);
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
        if (machine().isCalm() && status == Blkif.BLKIF_RSP_OKAY)
        {
            doneInCalm++;
        }
    }
}
