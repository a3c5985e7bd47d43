package org.skerry.kernel.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntPredicate;

import org.agrona.collections.Int2ObjectHashMap;
import org.skerry.kernel.policy.Descriptors;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.SysMman;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * The memory of one domain. Every populated frame has one home: the domain's own file, or the {@link GrantWindow}
 * through which one grantee sees it. The kernel reads and writes a frame only where it is at home; elsewhere stands a
 * stale page. Frames that are not populated are holes of the file; who touches them takes what the ledger has not
 * promised. Frames given to these methods lie in memory, unless it says otherwise.
 */
public final class PhysicalMemory implements AutoCloseable
{
    private static final int USUAL = 0;         // as at the beginning: in the own file, or a hole above frameCount
    private static final int UNUSUAL = -1;      // the other of the two
    private static final int MAX_WINDOWS = 4096;
    private static final int MAX_READ_ONLY_WINDOWS = 8;
    private static final int MAX_RETIRED_WINDOWS = 256;
    private static final int AUDIT_SLACK = 16;
    private static final int AUDIT_FRAMES = 2048;
    private static final int AUDIT_STRIKES = 3;

    private final String name;
    private final MemoryLedger ledger;
    private final SharedFile file;
    private final int initialFrames;
    private final MemorySegment homes;          // a short for each frame, off the heap: memory only where it is used
    private final List<GrantWindow> windows = new ArrayList<>();
    private final Int2ObjectHashMap<GrantWindow> windowByGrantee = new Int2ObjectHashMap<>();
    private int maxFrames;
    private int populatedFrames;
    private int movedFrames;
    private int firstHole;
    private int auditedFile;                    // 0: the own file, else window auditedFile - 1
    private int auditedFrame;                   // up to which its holes were punched, while it is found with more
    private int strikes;
    private int relinquishedFrames;

    private PhysicalMemory(
        final String name, final MemoryLedger ledger, final SharedFile file, final int initialFrames,
        final MemorySegment homes)
    {
        this.name = name;
        this.ledger = ledger;
        this.file = file;
        this.initialFrames = initialFrames;
        this.maxFrames = length();
        this.populatedFrames = initialFrames;
        this.firstHole = initialFrames;
        this.homes = homes;
    }

    /**
     * @param name       for /proc/PID/maps.
     * @param length     frames of 4 KiB that it may ever have.
     * @param frameCount frames that are populated from the beginning, the first ones; 1 or more.
     * @param ledger     they are claimed from.
     * @return memory full of zeros, or null when the ledger or Linux refuse.
     */
    public static PhysicalMemory create(
        final String name, final int length, final int frameCount, final MemoryLedger ledger)
    {
        if (!ledger.claim(frameCount))
        {
            return null;
        }
        final long homesLength = (long)length * Short.BYTES;
        final SharedFile file = SharedFile.create(name, bytes(length), false);
        final long homes = file == null ? Errno.ENOMEM.negative() : SysMman.mmap(
            0, homesLength, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS | SysMman.MAP_NORESERVE, -1, 0);
        if (homes >= 0)
        {
            return new PhysicalMemory(name, ledger, file, frameCount, SysMman.segment(homes, homesLength));
        }
        ledger.release(frameCount);
        if (file != null)
        {
            file.close();
        }

        return null;
    }

    /** @return the domain's own file. */
    public SharedFile file()
    {
        return file;
    }

    /** @return frames that it can ever have. */
    public int length()
    {
        return file.frames();
    }

    /** @return frames that hold memory now. */
    public int populatedFrames()
    {
        return populatedFrames;
    }

    /** @return frames from 0 on that hold memory without a gap; there may be more behind the first gap. */
    public int firstHole()
    {
        return firstHole;
    }

    /** @return frames up to which it may populate; when it has more already it keeps them. */
    public int maxFrames()
    {
        return maxFrames;
    }

    /** @param frames 0 to {@link #length}. */
    public void maxFrames(final int frames)
    {
        maxFrames = frames;
    }

    /** @return whether these frames, as a stranger said them, and at least one, lie in memory, populated or not. */
    public boolean contains(final long firstFrame, final long count)
    {
        return firstFrame >= 0 && count > 0 && firstFrame < length() && count <= length() - firstFrame;
    }

    /** @return whether the frame holds memory, wherever it is at home. */
    public boolean isPopulated(final int frame)
    {
        final int home = homes.getAtIndex(JAVA_SHORT, frame);
        return home > 0 || home == USUAL == frame < initialFrames;
    }

    /**
     * Claim memory for frames, up to the first for which there is none.
     *
     * @return how many from the first on are populated now and were not before.
     */
    public int populate(final int firstFrame, final int count)
    {
        int done = 0;
        while (done < count && populatedFrames < maxFrames && !isPopulated(firstFrame + done) && ledger.claim(1))
        {
            setOwnHome(firstFrame + done, true);
            populatedFrames++;
            done++;
        }
        firstHole += firstFrame == firstHole ? done : 0;

        return done;
    }

    /** Give populated frames that are at home in the own file back to Linux and to the ledger. */
    public void depopulate(final int firstFrame, final int count)
    {
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            setOwnHome(frame, false);
        }
        firstHole = Math.min(firstHole, firstFrame);
        file.punch(firstFrame, count);
        populatedFrames -= count;
        ledger.release(count);
    }

    /** @return which of the two windows shows frames to that domain, or null when there is none. */
    public GrantWindow window(final int grantee, final boolean isReadOnly)
    {
        return windowByGrantee.get(key(grantee, isReadOnly));
    }

    /** @return every window, also those whose grantee is gone. */
    public List<GrantWindow> windows()
    {
        return windows.stream().filter(Objects::nonNull).toList();
    }

    /** @return the window where the frame is at home, or null for the domain's own file or no home at all. */
    public GrantWindow homeOf(final int frame)
    {
        final int home = homes.getAtIndex(JAVA_SHORT, frame);
        return home <= 0 ? null : windows.get(home - 1);
    }

    /**
     * Move frames into a window for a grantee. The domain must not write them until it has mapped the window over
     * them. Frames that are there already stay.
     *
     * @return 0; -EBUSY when one of them is at home in another window, or its place in this one is taken; -EINVAL when
     * one is not populated; -ENOMEM; -ENOSPC when there are as many windows as may be, those of grantees that are gone
     * counted.
     */
    public int moveToWindow(final int firstFrame, final int count, final int grantee, final boolean isReadOnly)
    {
        final GrantWindow known = window(grantee, isReadOnly);
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            if (!isPopulated(frame))
            {
                return Errno.EINVAL.negative();
            }
            final GrantWindow home = homeOf(frame);
            if (home != null ? home != known : known != null && !known.hasRoomFor(frame))
            {
                return Errno.EBUSY.negative();
            }
        }

        final int index = known == null ? addWindow(grantee, isReadOnly) : windows.indexOf(known);
        if (index < 0)
        {
            return index;
        }
        final GrantWindow window = windows.get(index);
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            if (homeOf(frame) == null)
            {
                copyPage(file, frame, window.file(), window.placeOf(frame));
                homes.setAtIndex(JAVA_SHORT, frame, (short)(index + 1));
                window.add(frame);
                movedFrames++;
            }
        }
        file.punch(firstFrame, count);

        return 0;
    }

    /** Move frames back into the domain's own file. Their places in windows read zero from now on, whoever looks. */
    public void moveFromWindow(final int firstFrame, final int count)
    {
        int frame = firstFrame;
        while (frame < firstFrame + count)
        {
            final GrantWindow window = homeOf(frame);
            final int first = frame++;
            if (window != null)
            {
                while (frame < firstFrame + count && homeOf(frame) == window)
                {
                    frame++;
                }
                moveRun(window, first, frame - first);
            }
        }
    }

    /** Move every frame back that no grantee uses, and all that a new process could not write, with its windows. */
    public void moveHome(final IntPredicate isUsed)
    {
        for (int frame = 0; frame < length(); frame++)
        {
            final GrantWindow home = homeOf(frame);
            if (home != null && (home.isReadOnly() || !isUsed.test(frame)))
            {
                moveFromWindow(frame, 1);
            }
        }
        windows().stream().filter(GrantWindow::isReadOnly).toList().forEach(
            window ->
            {
                windows.set(windows.indexOf(window), null);
                windowByGrantee.remove(key(window.grantee(), true));
                close(window);
            });
    }

    /** The process that had opened a grantee's windows is gone; another will. */
    public void unopen(final int grantee)
    {
        windows().stream().filter(window -> window.grantee() == grantee).forEach(window -> window.opened(false));
    }

    /**
     * The grantee is gone and its number may be given out again. Frames in its windows stay there until their domain
     * takes them back; a later domain of the same number gets windows of its own. The windows stay ours also when they
     * are empty: who has one mapped could touch its holes as long as it lives.
     */
    public void retireWindows(final int grantee)
    {
        windowByGrantee.remove(key(grantee, false));
        windowByGrantee.remove(key(grantee, true));
    }

    /** Copy bytes within one page to within another, each wherever it is at home. */
    public static void copy(
        final PhysicalMemory source, final int sourceFrame, final int sourceOffset,
        final PhysicalMemory dest, final int destFrame, final int destOffset, final int length)
    {
        final GrantWindow from = source.homeOf(sourceFrame);
        final GrantWindow to = dest.homeOf(destFrame);
        MemorySegment.copy(
            from == null ? source.file.segment() : from.file().segment(),
            bytes(from == null ? sourceFrame : from.placeOf(sourceFrame)) + sourceOffset,
            to == null ? dest.file.segment() : to.file().segment(),
            bytes(to == null ? destFrame : to.placeOf(destFrame)) + destOffset, length);
    }

    /**
     * Look whether the next file holds more pages than it may: somebody touched its holes. They are punched again, a
     * part at each call. A read-only window cannot be punched; the ledger has promised all of it.
     *
     * @return false while there is more to punch in that file.
     */
    public boolean audit()
    {
        final GrantWindow window = auditedFile == 0 ? null : windows.get(auditedFile - 1);
        if (auditedFile == 0 || window != null && !window.isReadOnly())
        {
            final SharedFile audited = window == null ? file : window.file();
            if (auditedFrame == 0)
            {
                final int allowed = window == null ? populatedFrames - movedFrames : window.frameCount();
                final boolean isTouched = audited.pageCount() > allowed + AUDIT_SLACK;
                strikes = window != null ? strikes : isTouched ? strikes + 1 : 0;
                auditedFrame = isTouched ? 0 : length();
            }
            punchHoles(audited, window, Math.min(length(), auditedFrame + AUDIT_FRAMES));
            if (auditedFrame < length())
            {
                return false;
            }
        }
        auditedFrame = 0;
        auditedFile = auditedFile < windows.size() ? auditedFile + 1 : 0;

        return true;
    }

    /** @return whether {@link #audit} has looked at all files and begins anew. */
    public boolean isAudited()
    {
        return auditedFile == 0 && auditedFrame == 0;
    }

    /** @return whether the domain has touched holes of its own file again and again: nobody else can. */
    public boolean isAbused()
    {
        return strikes >= AUDIT_STRIKES;
    }

    /** The domain is gone: what was claimed for it is free. */
    public void release()
    {
        ledger.release(populatedFrames);
        populatedFrames = 0;
    }

    /**
     * Give memory that nobody needs any more back to Linux, some frames at a time: all at once takes long.
     *
     * @return whether that was the last of it; windows not counted, which are their grantees' as long as mapped.
     */
    public boolean relinquish(final int frames)
    {
        final int count = Math.min(frames, length() - relinquishedFrames);
        if (count > 0)
        {
            file.punch(relinquishedFrames, count);
            relinquishedFrames += count;
        }

        return relinquishedFrames == length();
    }

    @Override
    public void close()
    {
        release();
        windows().forEach(this::close);
        windows.clear();
        windowByGrantee.clear();
        SysMman.munmap(homes.address(), homes.byteSize());
        file.close();
    }

    /** @return its index, or a negative errno. */
    private int addWindow(final int grantee, final boolean isReadOnly)
    {
        final int vacant = windows.indexOf(null);
        final int index = vacant < 0 ? windows.size() : vacant;
        if (index >= MAX_WINDOWS || windows().size() - windowByGrantee.size() >= MAX_RETIRED_WINDOWS || isReadOnly &&
            windows().stream().filter(GrantWindow::isReadOnly).count() >= MAX_READ_ONLY_WINDOWS)
        {
            return Errno.ENOSPC.negative();
        }
        final int length = isReadOnly ? Math.min(length(), Hypercalls.MAX_WINDOW_BATCH) : length();
        if (isReadOnly && !ledger.claim(length))
        {
            return Errno.ENOMEM.negative();
        }
        final SharedFile shared = SharedFile.create(name + "-window-" + grantee, bytes(length), isReadOnly);
        if (shared == null || Descriptors.isReserved(shared.fd()))
        {
            ledger.release(isReadOnly ? length : 0);
            return noWindow(shared);
        }

        if (vacant < 0)
        {
            windows.add(null);
        }
        windows.set(index, new GrantWindow(shared, grantee, isReadOnly));
        windowByGrantee.put(key(grantee, isReadOnly), windows.get(index));

        return index;
    }

    private static int noWindow(final SharedFile shared)
    {
        if (shared == null)
        {
            return Errno.ENOMEM.negative();
        }
        shared.close();

        return Errno.ENOSPC.negative();
    }

    private void moveRun(final GrantWindow window, final int firstFrame, final int count)
    {
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            copyPage(window.file(), window.placeOf(frame), file, frame);
            setOwnHome(frame, true);
        }
        window.remove(firstFrame, count);
        movedFrames -= count;
    }

    private void close(final GrantWindow window)
    {
        ledger.release(window.isReadOnly() ? window.file().frames() : 0);
        window.file().close();
    }

    private void punchHoles(final SharedFile audited, final GrantWindow window, final int end)
    {
        int first = auditedFrame;
        for (; auditedFrame < end; auditedFrame++)
        {
            if (isPopulated(auditedFrame) && homeOf(auditedFrame) == window)
            {
                punch(audited, first, auditedFrame - first);
                first = auditedFrame + 1;
            }
        }
        punch(audited, first, end - first);
    }

    private static void punch(final SharedFile audited, final int firstFrame, final int count)
    {
        if (count > 0)
        {
            audited.punch(firstFrame, count);
        }
    }

    private void setOwnHome(final int frame, final boolean isPopulated)
    {
        homes.setAtIndex(JAVA_SHORT, frame, (short)(isPopulated == frame < initialFrames ? USUAL : UNUSUAL));
    }

    private static void copyPage(final SharedFile from, final int fromPlace, final SharedFile to, final int toPlace)
    {
        MemorySegment.copy(
            from.segment(), bytes(fromPlace), to.segment(), bytes(toPlace), Hypercalls.PAGE_SIZE);
    }

    private static int key(final int grantee, final boolean isReadOnly)
    {
        return grantee << 1 | (isReadOnly ? 1 : 0);
    }

    private static long bytes(final int frames)
    {
        return (long)frames << Hypercalls.PAGE_SHIFT;
    }
}
