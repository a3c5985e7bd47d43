package org.skerry.tests.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What a disk must hold. A sector is filled with one number. After a write that failed, or was not answered, either of
 * two is right, until one of them was read.
 */
final class DiskModel
{
    static final int SECTOR_LENGTH = 512;

    private final List<Set<Long>> sectors = new ArrayList<>();

    /** A disk of zeros. */
    DiskModel(final int sectorCount)
    {
        for (int i = 0; i < sectorCount; i++)
        {
            sectors.add(new TreeSet<>(Set.of(0L)));
        }
    }

    int sectorCount()
    {
        return sectors.size();
    }

    static void fill(final MutableDirectBuffer buffer, final int offset, final long number)
    {
        for (int i = 0; i < SECTOR_LENGTH; i += Long.BYTES)
        {
            buffer.putLong(offset + i, number);
        }
    }

    void onWriteSubmitted(final int sector, final long number)
    {
        sectors.get(sector).add(number);
    }

    void onWritten(final int sector, final long number)
    {
        sectors.get(sector).clear();
        sectors.get(sector).add(number);
    }

    void onRead(final int sector, final DirectBuffer buffer, final int offset)
    {
        final long number = check(sector, buffer, offset);
        sectors.get(sector).clear();
        sectors.get(sector).add(number);
    }

    /** @return the number that the sector holds, one of those that it may hold. */
    long check(final int sector, final DirectBuffer buffer, final int offset)
    {
        final long number = buffer.getLong(offset);
        for (int i = Long.BYTES; i < SECTOR_LENGTH; i += Long.BYTES)
        {
            if (buffer.getLong(offset + i) != number)
            {
                throw new AssertionError("sector " + sector + " is torn: " + number + ", " +
                    buffer.getLong(offset + i));
            }
        }
        if (!sectors.get(sector).contains(number))
        {
            throw new AssertionError("sector " + sector + " holds " + number + " instead of " + sectors.get(sector));
        }

        return number;
    }
}
