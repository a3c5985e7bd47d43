package org.skerry.examples.shell;

import org.skerry.wire.Errno;

/** {@code write}: some sectors, then a flush, then the word that it is done. */
final class DiskWriteJob implements Job
{
    private enum State
    {
        TO_WRITE, WRITING, TO_FLUSH, FLUSHING, DONE
    }

    private final Terminal terminal;
    private final Disk disk;
    private final long firstSector;
    private final byte[] bytes;
    private final byte[] part;
    private int doneSectors;
    private int partSectors;
    private State state = State.TO_WRITE;

    /**
     * The caller has checked the range.
     *
     * @param bytes whole sectors.
     */
    DiskWriteJob(final Terminal terminal, final Disk disk, final long firstSector, final byte[] bytes)
    {
        this.terminal = terminal;
        this.disk = disk;
        this.firstSector = firstSector;
        this.bytes = bytes;
        part = new byte[Math.min(bytes.length, disk.maxSectors() * Disk.SECTOR_LENGTH)];
    }

    @Override
    public int doWork()
    {
        return switch (state)
        {
            case TO_WRITE -> write();
            case TO_FLUSH -> flush();
            case WRITING, FLUSHING, DONE -> 0;
        };
    }

    @Override
    public boolean isDone()
    {
        return state == State.DONE;
    }

    private int write()
    {
        final int left = bytes.length / Disk.SECTOR_LENGTH - doneSectors;
        partSectors = Math.min(left, part.length / Disk.SECTOR_LENGTH);
        System.arraycopy(
            bytes, doneSectors * Disk.SECTOR_LENGTH, part, 0, partSectors * Disk.SECTOR_LENGTH);
        state = State.WRITING;

        if (!disk.write(firstSector + doneSectors, part, partSectors, this::onWritten))
        {
            state = State.TO_WRITE;

            if (disk.isGone())
            {
                onWritten(Errno.ENODEV.negative());
            }

            return 0;
        }

        return 1;
    }

    private void onWritten(final int status)
    {
        if (status != 0)
        {
            terminal.println(
                "write: " + disk.name() + ": sector " + (firstSector + doneSectors) + ": " + Errno.nameOf(status));
            state = State.DONE;
            return;
        }

        doneSectors += partSectors;
        state = doneSectors * Disk.SECTOR_LENGTH == bytes.length ? State.TO_FLUSH : State.TO_WRITE;
    }

    private int flush()
    {
        state = State.FLUSHING;

        if (!disk.flush(this::onFlushed))
        {
            state = State.TO_FLUSH;

            if (disk.isGone())
            {
                onFlushed(Errno.ENODEV.negative());
            }

            return 0;
        }

        return 1;
    }

    private void onFlushed(final int status)
    {
        final String written = bytes.length + " bytes written to " + disk.name() + " at sector " + firstSector;

        if (status == 0)
        {
            terminal.println(written + " and flushed");
        }
        else if (status == Errno.EOPNOTSUPP.negative())
        {
            terminal.println(written + "; the disk knows no flush");
        }
        else
        {
            terminal.println("write: " + disk.name() + ": flush: " + Errno.nameOf(status));
        }

        state = State.DONE;
    }
}
