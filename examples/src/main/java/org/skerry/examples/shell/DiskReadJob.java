package org.skerry.examples.shell;

import org.skerry.wire.Errno;

/** {@code read}: a hex dump of some sectors, a few at a time. */
final class DiskReadJob implements Job
{
    private static final int PART_SECTORS = 8;

    private enum State
    {
        TO_READ, READING, TO_PRINT, DONE
    }

    private final Terminal terminal;
    private final Disk disk;
    private final HexDump dump = new HexDump();
    private final byte[] part = new byte[PART_SECTORS * Disk.SECTOR_LENGTH];
    private final long endSector;
    private long sector;
    private int partSectors;
    private int printed;
    private State state = State.TO_READ;

    /** The caller has checked the range. */
    DiskReadJob(final Terminal terminal, final Disk disk, final long sector, final long sectorCount)
    {
        this.terminal = terminal;
        this.disk = disk;
        this.sector = sector;
        endSector = sector + sectorCount;
    }

    @Override
    public int doWork()
    {
        return switch (state)
        {
            case TO_READ -> read();
            case TO_PRINT -> print();
            case READING, DONE -> 0;
        };
    }

    @Override
    public boolean isDone()
    {
        return state == State.DONE;
    }

    private int read()
    {
        if (sector == endSector)
        {
            terminal.println(HexDump.end(sector * Disk.SECTOR_LENGTH));
            state = State.DONE;
            return 1;
        }

        partSectors = (int)Math.min(Math.min(PART_SECTORS, disk.maxSectors()), endSector - sector);
        state = State.READING;

        if (!disk.read(sector, part, partSectors, this::onRead))
        {
            state = State.TO_READ;
            return failIfGone();
        }

        return 1;
    }

    private int failIfGone()
    {
        if (!disk.isGone())
        {
            return 0;
        }

        onRead(Errno.ENODEV.negative());
        return 1;
    }

    private void onRead(final int status)
    {
        if (status != 0)
        {
            terminal.println("read: " + disk.name() + ": sector " + sector + ": " + Errno.nameOf(status));
            state = State.DONE;
            return;
        }

        printed = 0;
        state = State.TO_PRINT;
    }

    private int print()
    {
        int workCount = 0;

        while (terminal.room() >= LinesJob.LINE_ROOM && printed < partSectors * Disk.SECTOR_LENGTH && workCount < 32)
        {
            final String line =
                dump.line(sector * Disk.SECTOR_LENGTH + printed, part, printed, HexDump.LINE_LENGTH);

            if (line != null)
            {
                terminal.println(line);
            }

            printed += HexDump.LINE_LENGTH;
            workCount++;
        }

        if (printed == partSectors * Disk.SECTOR_LENGTH)
        {
            sector += partSectors;
            state = State.TO_READ;
        }

        return workCount;
    }
}
