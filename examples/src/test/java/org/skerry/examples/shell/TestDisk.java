package org.skerry.examples.shell;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** A disk in memory whose requests end when the test says so. */
final class TestDisk implements Disk
{
    private final String name;
    private final byte[] bytes;
    private final boolean isReadOnly;
    private final Deque<Runnable> requests = new ArrayDeque<>();
    private int slots = 32;
    private int status;
    private int flushStatus;
    private int mostRequests;
    private int flushes;
    private int sectorStep = 1;
    private boolean isGone;

    TestDisk(final String name, final byte[] bytes, final boolean isReadOnly)
    {
        this.name = name;
        this.bytes = bytes;
        this.isReadOnly = isReadOnly;
    }

    void slots(final int newSlots)
    {
        slots = newSlots;
    }

    void status(final int newStatus)
    {
        status = newStatus;
    }

    void flushStatus(final int newStatus)
    {
        flushStatus = newStatus;
    }

    void sectorStep(final int newStep)
    {
        sectorStep = newStep;
    }

    /** End the disk: nothing is answered any more. */
    void vanish()
    {
        isGone = true;
        slots = 0;
    }

    int mostRequests()
    {
        return mostRequests;
    }

    int flushes()
    {
        return flushes;
    }

    byte[] bytes()
    {
        return bytes;
    }

    /** End the requests of now, the last one first: a backend answers in any order. */
    int complete()
    {
        final int count = requests.size();

        for (int i = 0; i < count; i++)
        {
            requests.removeLast().run();
        }

        return count;
    }

    @Override
    public String name()
    {
        return name;
    }

    @Override
    public long sectorCount()
    {
        return bytes.length / SECTOR_LENGTH;
    }

    @Override
    public boolean isReadOnly()
    {
        return isReadOnly;
    }

    @Override
    public String state()
    {
        return "Connected";
    }

    @Override
    public boolean isGone()
    {
        return isGone;
    }

    @Override
    public int sectorStep()
    {
        return sectorStep;
    }

    @Override
    public int maxSectors()
    {
        return 88;
    }

    @Override
    public boolean read(final long sector, final byte[] target, final int sectorCount, final Completion completion)
    {
        return submit(
            () ->
            {
                if (status == 0)
                {
                    System.arraycopy(
                        bytes, (int)sector * SECTOR_LENGTH, target, 0, sectorCount * SECTOR_LENGTH);
                }

                completion.onDone(status);
            });
    }

    @Override
    public boolean write(final long sector, final byte[] source, final int sectorCount, final Completion completion)
    {
        final byte[] copy = Arrays.copyOf(source, sectorCount * SECTOR_LENGTH);
        return submit(
            () ->
            {
                if (status == 0)
                {
                    System.arraycopy(copy, 0, bytes, (int)sector * SECTOR_LENGTH, copy.length);
                }

                completion.onDone(status);
            });
    }

    @Override
    public boolean flush(final Completion completion)
    {
        flushes++;
        return submit(() -> completion.onDone(flushStatus));
    }

    private boolean submit(final Runnable request)
    {
        if (requests.size() >= slots)
        {
            return false;
        }

        requests.addLast(request);
        mostRequests = Math.max(mostRequests, requests.size());
        return true;
    }
}
