package org.skerry.kernel.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

import org.agrona.collections.Int2ObjectHashMap;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.SysMman;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

/**
 * The memory of one domain. Every frame has one home: the domain's own file, or the {@link GrantWindow} through which
 * one grantee sees it. The kernel reads and writes a frame only where it is at home; elsewhere stands a stale page.
 */
public final class PhysicalMemory implements AutoCloseable
{
    private static final int OWN_FILE = 0;
    private static final int MAX_WINDOWS = 4096;

    private final String name;
    private final SharedFile file;
    private final int frameCount;
    private final MemorySegment homes;          // a short for each frame, off the heap: memory only where it is used
    private final List<GrantWindow> windows = new ArrayList<>();
    private final Int2ObjectHashMap<GrantWindow> windowByGrantee = new Int2ObjectHashMap<>();
    private int relinquishedFrames;

    private PhysicalMemory(final String name, final SharedFile file, final int frameCount, final long homesAddress)
    {
        this.name = name;
        this.file = file;
        this.frameCount = frameCount;
        this.homes = SysMman.segment(homesAddress, homesLength(frameCount));
    }

    /**
     * @param name       for /proc/PID/maps.
     * @param frameCount frames of 4 KiB.
     * @return memory full of zeros, or null when Linux refuses.
     */
    public static PhysicalMemory create(final String name, final int frameCount)
    {
        final SharedFile file = SharedFile.create(name, bytes(frameCount));
        if (file == null)
        {
            return null;
        }
        final long homesAddress = SysMman.mmap(
            0, homesLength(frameCount), SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_PRIVATE | SysMman.MAP_ANONYMOUS | SysMman.MAP_NORESERVE, -1, 0);
        if (homesAddress < 0)
        {
            file.close();
            return null;
        }

        return new PhysicalMemory(name, file, frameCount, homesAddress);
    }

    /** @return the domain's own file. */
    public SharedFile file()
    {
        return file;
    }

    /** @return frames of 4 KiB. */
    public int frameCount()
    {
        return frameCount;
    }

    /**
     * @param firstFrame as a stranger said it.
     * @param count      as a stranger said it.
     * @return whether all of these frames, and at least one, lie in this memory.
     */
    public boolean contains(final long firstFrame, final long count)
    {
        return firstFrame >= 0 && count > 0 && firstFrame < frameCount && count <= frameCount - firstFrame;
    }

    /**
     * @param grantee domid.
     * @return the window that shows frames to that domain, or null when there is none.
     */
    public GrantWindow window(final int grantee)
    {
        return windowByGrantee.get(grantee);
    }

    /** @return every window that holds memory, also those whose grantee is gone. */
    public List<GrantWindow> windows()
    {
        return windows.stream().filter(window -> window != null).toList();
    }

    /**
     * @param frame in memory.
     * @return the window where the frame is at home, or null for the domain's own file.
     */
    public GrantWindow homeOf(final int frame)
    {
        final int home = homes.getAtIndex(JAVA_SHORT, frame);
        return home == OWN_FILE ? null : windows.get(home - 1);
    }

    /**
     * Move frames into the window for a grantee. The domain must not write them until it has mapped the window over
     * them. Frames that are there already stay.
     *
     * @param firstFrame in memory, with all that follow.
     * @param count      frames.
     * @param grantee    domid.
     * @return 0; -EBUSY when one of them is at home in another window; -ENOMEM.
     */
    public int moveToWindow(final int firstFrame, final int count, final int grantee)
    {
        GrantWindow window = windowByGrantee.get(grantee);
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            final GrantWindow home = homeOf(frame);
            if (home != null && home != window)
            {
                return Errno.EBUSY.negative();
            }
        }

        if (window == null)
        {
            window = addWindow(grantee);
            if (window == null)
            {
                return Errno.ENOMEM.negative();
            }
        }

        final short home = (short)(windows.indexOf(window) + 1);
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            if (homeOf(frame) == null)
            {
                copyPage(file, window.file(), frame);
                homes.setAtIndex(JAVA_SHORT, frame, home);
                window.add(1);
            }
        }
        file.punch(bytes(firstFrame), bytes(count));

        return 0;
    }

    /**
     * Move frames back into the domain's own file. Their slots in the window read zero from now on, whoever looks.
     *
     * @param firstFrame in memory, with all that follow.
     * @param count      frames.
     */
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

    /**
     * Move every frame back that no grantee uses.
     *
     * @param isUsed says of a frame whether a grantee uses it.
     */
    public void moveHome(final IntPredicate isUsed)
    {
        for (int frame = 0; frame < frameCount; frame++)
        {
            if (homeOf(frame) != null && !isUsed.test(frame))
            {
                moveFromWindow(frame, 1);
            }
        }
    }

    /**
     * The grantee is gone and its number may be given out again. Frames in its window stay there until their domain
     * takes them back; a later domain of the same number gets a window of its own.
     *
     * @param grantee domid.
     */
    public void retireWindow(final int grantee)
    {
        final GrantWindow window = windowByGrantee.remove(grantee);
        if (window != null)
        {
            window.retire();
            closeIfDone(window);
        }
    }

    /**
     * Copy between two pages, each wherever it is at home.
     *
     * @param source       memory of the source.
     * @param sourceFrame  in range.
     * @param sourceOffset bytes within the page.
     * @param dest         memory of the destination.
     * @param destFrame    in range.
     * @param destOffset   bytes within the page.
     * @param length       bytes; does not cross the end of either page.
     */
    public static void copy(
        final PhysicalMemory source, final int sourceFrame, final int sourceOffset,
        final PhysicalMemory dest, final int destFrame, final int destOffset, final int length)
    {
        MemorySegment.copy(
            source.segmentOf(sourceFrame), bytes(sourceFrame) + sourceOffset,
            dest.segmentOf(destFrame), bytes(destFrame) + destOffset, length);
    }

    /**
     * Give memory that nobody needs any more back to Linux, a part at a time: all at once takes long.
     *
     * @param frames most frames to give back now.
     * @return whether that was the last of it; windows not counted, which are their grantees' as long as mapped.
     */
    public boolean relinquish(final int frames)
    {
        final int count = Math.min(frames, frameCount - relinquishedFrames);
        if (count > 0)
        {
            file.punch(bytes(relinquishedFrames), bytes(count));
            relinquishedFrames += count;
        }

        return relinquishedFrames == frameCount;
    }

    @Override
    public void close()
    {
        windows().forEach(GrantWindow::close);
        windows.clear();
        windowByGrantee.clear();
        SysMman.munmap(homes.address(), homes.byteSize());
        file.close();
    }

    private GrantWindow addWindow(final int grantee)
    {
        final int vacant = windows.indexOf(null);
        if (vacant < 0 && windows.size() >= MAX_WINDOWS)
        {
            return null;
        }

        final SharedFile shared = SharedFile.create(name + "-window-" + grantee, file.length());
        if (shared == null)
        {
            return null;
        }

        final GrantWindow window = new GrantWindow(shared, grantee);
        if (vacant < 0)
        {
            windows.add(window);
        }
        else
        {
            windows.set(vacant, window);
        }
        windowByGrantee.put(grantee, window);

        return window;
    }

    private void moveRun(final GrantWindow window, final int firstFrame, final int count)
    {
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            copyPage(window.file(), file, frame);
            homes.setAtIndex(JAVA_SHORT, frame, (short)OWN_FILE);
        }
        window.file().punch(bytes(firstFrame), bytes(count));
        window.add(-count);
        closeIfDone(window);
    }

    private void closeIfDone(final GrantWindow window)
    {
        if (window.isRetired() && window.frameCount() == 0)
        {
            windows.set(windows.indexOf(window), null);
            window.close();
        }
    }

    private MemorySegment segmentOf(final int frame)
    {
        final GrantWindow home = homeOf(frame);
        return home == null ? file.segment() : home.file().segment();
    }

    private static void copyPage(final SharedFile from, final SharedFile to, final int frame)
    {
        final long offset = bytes(frame);
        MemorySegment.copy(from.segment(), offset, to.segment(), offset, Hypercalls.PAGE_SIZE);
    }

    private static long homesLength(final int frameCount)
    {
        return (long)frameCount * Short.BYTES;
    }

    private static long bytes(final int frames)
    {
        return (long)frames << Hypercalls.PAGE_SHIFT;
    }
}
