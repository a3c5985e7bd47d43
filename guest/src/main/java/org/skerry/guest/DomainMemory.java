package org.skerry.guest;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntBinaryOperator;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * This domain's own memory, in frames of 4 KiB, mapped once for as long as the process lives.
 */
public final class DomainMemory implements AutoCloseable
{
    private final int fd;
    private final long address;
    private final int frameCount;
    private final UnsafeBuffer buffer;
    private final TreeMap<Integer, Integer> freeRuns = new TreeMap<>();
    private final TreeMap<Integer, Integer> holes = new TreeMap<>();
    private int populatedFrames;

    DomainMemory(
        final int fd, final long address, final int frameCount, final int populatedFrames, final int firstFreeFrame)
    {
        this.fd = fd;
        this.address = address;
        this.frameCount = frameCount;
        final long length = (long)frameCount * Hypercalls.PAGE_SIZE;
        this.buffer = new UnsafeBuffer(address, (int)Math.min(length, Integer.MAX_VALUE - Hypercalls.PAGE_SIZE + 1));
        this.populatedFrames = populatedFrames;
        add(freeRuns, firstFreeFrame, populatedFrames - firstFreeFrame);
        add(holes, populatedFrames, frameCount - populatedFrames);
    }

    /** @return address of frame 0. */
    public long address()
    {
        return address;
    }

    /**
     * @param frame in range.
     * @return its address.
     */
    public long addressOf(final int frame)
    {
        return address + (long)frame * Hypercalls.PAGE_SIZE;
    }

    /** @return frames that it may ever have; memory stands only behind those that are populated. */
    public int frameCount()
    {
        return frameCount;
    }

    /** @return frames that hold memory now, those that are spoken for included. */
    public int populatedFrames()
    {
        return populatedFrames;
    }

    /** @return frames that {@link #allocate} can still give out. */
    public int freeFrameCount()
    {
        return freeRuns.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** @return the memory from frame 0, at most the first 2 GiB of it. */
    public UnsafeBuffer buffer()
    {
        return buffer;
    }

    /**
     * Take frames that lie one behind the other.
     *
     * @param count 1 or more.
     * @return zeroed frames.
     * @throws IllegalStateException when there is no run as long.
     */
    public Frames allocate(final int count)
    {
        for (final Map.Entry<Integer, Integer> run : freeRuns.entrySet())
        {
            if (run.getValue() >= count)
            {
                final int first = run.getKey();
                final int left = run.getValue() - count;
                freeRuns.remove(first);
                putRun(first + count, left);

                final UnsafeBuffer frames = new UnsafeBuffer(addressOf(first), count * Hypercalls.PAGE_SIZE);
                frames.setMemory(0, frames.capacity(), (byte)0);
                return new Frames(first, count, addressOf(first), frames);
            }
        }

        throw new IllegalStateException(
            "out of domain memory: frames=" + count + ", free=" + freeFrameCount() + ", memory=" + frameCount);
    }

    /**
     * Take the highest frames of the memory that a domain begins with, as an earlier process of this domain left them:
     * zeroed for the first. Whoever wants to find them again takes as many, before anything else.
     *
     * @param count 1 or more.
     * @return the frames, with what stands in them.
     * @throws IllegalStateException when they are not free.
     */
    public Frames takeHighest(final int count)
    {
        final Map.Entry<Integer, Integer> run = freeRuns.lastEntry();
        if (run == null || run.getValue() < count)
        {
            throw new IllegalStateException("out of domain memory: frames=" + count + ", memory=" + frameCount);
        }
        final int first = run.getKey() + run.getValue() - count;
        freeRuns.remove(run.getKey());
        putRun(run.getKey(), run.getValue() - count);

        return new Frames(
            first, count, addressOf(first), new UnsafeBuffer(addressOf(first), count * Hypercalls.PAGE_SIZE));
    }

    /**
     * Give frames back. Nobody may use them any more, here or in another domain.
     *
     * @param frames as they were allocated.
     */
    public void free(final Frames frames)
    {
        add(freeRuns, frames.firstFrame(), frames.count());
    }

    /**
     * Let the balloon have free frames, from the highest run of them.
     *
     * @param limit    most frames, 1 or more.
     * @param giveBack gives them to the hypervisor: first frame, count; answers how many it took from the first on.
     * @return how many are gone.
     */
    int inflate(final int limit, final IntBinaryOperator giveBack)
    {
        final Map.Entry<Integer, Integer> run = freeRuns.pollLastEntry();
        if (run == null)
        {
            return 0;
        }
        final int count = Math.min(limit, run.getValue());
        final int first = run.getKey() + run.getValue() - count;
        final int done = Math.max(0, giveBack.applyAsInt(first, count));
        add(freeRuns, run.getKey(), run.getValue() - count);
        add(holes, first, done);
        add(freeRuns, first + done, count - done);
        populatedFrames -= done;

        return done;
    }

    /**
     * Take frames back from the balloon, from the lowest run of them.
     *
     * @param limit    most frames, 1 or more.
     * @param populate asks the hypervisor for them: first frame, count; answers how many it gave from the first on.
     * @return how many have come.
     */
    int deflate(final int limit, final IntBinaryOperator populate)
    {
        final Map.Entry<Integer, Integer> run = holes.pollFirstEntry();
        if (run == null)
        {
            return 0;
        }
        final int count = Math.min(limit, run.getValue());
        final int done = Math.max(0, populate.applyAsInt(run.getKey(), count));
        add(freeRuns, run.getKey(), done);
        add(holes, run.getKey() + done, run.getValue() - done);
        populatedFrames += done;

        return done;
    }

    /**
     * Never give out these frames: somebody uses what an earlier process of this domain granted.
     *
     * @param firstFrame of memory.
     * @param count      frames, one or more; those that are not free are taken already.
     */
    void reserve(final int firstFrame, final int count)
    {
        for (int frame = firstFrame; frame < firstFrame + count; frame++)
        {
            final Map.Entry<Integer, Integer> run = freeRuns.floorEntry(frame);
            if (run != null && frame < run.getKey() + run.getValue())
            {
                final int first = run.getKey();
                final int end = first + run.getValue();
                freeRuns.remove(first);
                putRun(first, frame - first);
                putRun(frame + 1, end - frame - 1);
            }
        }
    }

    private void putRun(final int firstFrame, final int count)
    {
        if (count > 0)
        {
            freeRuns.put(firstFrame, count);
        }
    }

    /**
     * Map a file over a run of frames, at the same offset.
     *
     * @param fileFd     this memory's own file or one of its windows; -1 for the own file.
     * @param firstFrame in range.
     * @param count      frames.
     * @return 0 or more, or a negative errno; then the old pages are still there.
     */
    public long remap(final int fileFd, final int firstFrame, final int count)
    {
        return SysMman.mmap(
            addressOf(firstFrame), (long)count * Hypercalls.PAGE_SIZE, SysMman.PROT_READ | SysMman.PROT_WRITE,
            SysMman.MAP_SHARED | SysMman.MAP_FIXED | SysMman.MAP_NORESERVE,    // as all of it: so neighbours merge
            fileFd < 0 ? fd : fileFd, (long)firstFrame * Hypercalls.PAGE_SIZE);
    }

    /** Let go of it; the hypervisor keeps it until the domain is destroyed. */
    @Override
    public void close()
    {
        SysMman.munmap(address, (long)frameCount * Hypercalls.PAGE_SIZE);
        Unistd.close(fd);
    }

    /**
     * Map what another mapping of this process shows a second time, over a run of frames.
     *
     * @param from       where it is mapped.
     * @param firstFrame in range.
     * @param count      frames.
     * @return 0 or more, or a negative errno; then the old pages are still there.
     */
    public long duplicate(final long from, final int firstFrame, final int count)
    {
        return SysMman.mremap(
            from, 0, (long)count * Hypercalls.PAGE_SIZE, SysMman.MREMAP_MAYMOVE | SysMman.MREMAP_FIXED,
            addressOf(firstFrame));
    }

    private static void add(final TreeMap<Integer, Integer> runs, final int firstFrame, final int frames)
    {
        if (frames == 0)
        {
            return;
        }
        int first = firstFrame;
        int count = frames;
        final Map.Entry<Integer, Integer> below = runs.lowerEntry(first);
        if (below != null && below.getKey() + below.getValue() == first)
        {
            first = below.getKey();
            count += below.getValue();
        }
        final Integer above = runs.remove(first + count);
        runs.put(first, above == null ? count : count + above);
    }

    /**
     * Frames that lie one behind the other.
     *
     * @param firstFrame number of the first.
     * @param count      of them.
     * @param address    of the first.
     * @param buffer     over all of them.
     */
    public record Frames(int firstFrame, int count, long address, UnsafeBuffer buffer)
    {
    }
}
