package org.skerry.guest.grant;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import org.agrona.collections.Int2ObjectHashMap;
import org.skerry.guest.EventLoop;
import org.skerry.guest.hypercall.HypercallRing;
import org.skerry.guest.hypercall.HypervisorConnection;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.hypercall.GnttabMapGrantRefEncoder;
import org.skerry.wire.hypercall.GnttabUnmapGrantRefEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * What other domains granted to us. Of each granter one window is mapped, at the first grant, and one more when it has
 * pages that we can only read; after that a map is a hypercall and no system call.
 */
public final class ForeignGrants implements AutoCloseable
{
    private static final long PLACE_MASK = 0xFFFF_FFFFL;
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final HypervisorConnection connection;
    private final HypercallRing ring;
    private final Int2ObjectHashMap<Window> windows = new Int2ObjectHashMap<>();
    private final List<Window> replaced = new ArrayList<>();
    private final Map<Long, Long> areas = new HashMap<>();          // by address, bytes
    private final EventLoop loop;
    private final List<Leaving> leaving = new ArrayList<>();
    private final List<Task> tasks = new ArrayList<>();
    private boolean isRetrying;
    private final OpenWindowEncoder openWindow = new OpenWindowEncoder();
    private final GnttabMapGrantRefEncoder mapGrantRef = new GnttabMapGrantRefEncoder();
    private final GnttabUnmapGrantRefEncoder unmapGrantRef = new GnttabUnmapGrantRefEncoder();

    /**
     * @param connection of this domain.
     * @param ring       of this domain.
     * @param loop       of this domain.
     */
    public ForeignGrants(final HypervisorConnection connection, final HypercallRing ring, final EventLoop loop)
    {
        this.connection = connection;
        this.ring = ring;
        this.loop = loop;
    }

    /**
     * Map a page that a domain granted to us.
     *
     * @param granter    whose page.
     * @param ref        its reference.
     * @param isReadOnly whether we only read. A page in the granter's read-only window cannot be mapped otherwise, and
     *                   who writes it ends this process; a page in the other window has to be granted for writing.
     * @return the page, until closed.
     * @throws GrantException what the hypervisor said; GNTST_bad_page when the page can only be copied; GNTST_eagain
     *                        when the granter has to move it first: ask again {@link #whenMoved}.
     */
    public GrantMapping map(final Domid granter, final GrantRef ref, final boolean isReadOnly) throws GrantException
    {
        final long handle;
        final long place;
        synchronized (ring)
        {
            mapGrantRef.wrap(ring.page(), ring.claim())
                .op(GnttabMapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag())
                .dom(granter.value()).flags(isReadOnly ? Hypercalls.GNTMAP_READONLY : 0).grantRef(ref.value());
            ring.submit();
            final HypercallResponseDecoder response = ring.await();
            if (response.result() != GrantStatus.OKAY)
            {
                throw new GrantException(
                    "cannot map grant " + ref + " of domain " + granter, (int)response.result());
            }
            handle = response.value0();
            place = response.value1();
        }

        final Window window = window(
            granter, (place & Hypercalls.WINDOW_IS_READ_ONLY) != 0, (place & Hypercalls.WINDOW_IS_NEW) != 0);
        if (window == null)
        {
            unmapHandle(granter, handle);
            throw new GrantException("no window of domain " + granter, GrantStatus.GENERAL_ERROR);
        }
        window.mappingCount++;

        return new GrantMapping(
            this, window, handle, window.address + (place & PLACE_MASK) * Hypercalls.PAGE_SIZE);
    }

    /**
     * Pages of a domain that are mapped one behind the other, as a ring of several pages needs them.
     *
     * @param granter whose pages.
     * @param refs    their references, one or more.
     * @return the pages, not mapped yet.
     */
    public GrantedPages pages(final Domid granter, final int... refs)
    {
        return new GrantedPages(this, granter, refs);
    }

    /**
     * The hypervisor said GNTST_eagain.
     *
     * @param granter whose page it was about.
     * @param task    runs once, on the loop, when it is worth another try.
     */
    public void whenMoved(final Domid granter, final Runnable task)
    {
        tasks.add(new Task(granter, task, false));
    }

    /**
     * Pages that we have unmapped may still be on their way home; only then the granter may be told that we are done.
     *
     * @param granter whose pages.
     * @param task    runs once: at once when all are home, else on the loop when they are.
     */
    public void whenLeft(final Domid granter, final Runnable task)
    {
        if (isLeaving(granter))
        {
            tasks.add(new Task(granter, task, true));
        }
        else
        {
            task.run();
        }
    }

    /** @param granter who has moved pages. */
    public void onMoved(final Domid granter)
    {
        retry();
        runTasks(task -> !task.isUntilLeft && task.granter.equals(granter));
    }

    /**
     * @param capacity most copies in it, 1 or more.
     * @return a batch to be filled again and again.
     */
    public GrantCopyBatch newCopyBatch(final int capacity)
    {
        return new GrantCopyBatch(ring, capacity);
    }

    /** Unmap everything, and tell nobody: the hypervisor lets go of what a domain that is gone had mapped. */
    @Override
    public void close()
    {
        windows.values().forEach(Window::unmap);
        replaced.forEach(Window::unmap);
        List.copyOf(areas.keySet()).forEach(this::unmapArea);
    }

    /** Pages of a window are shown a second time. */
    void addArea(final long address, final long length)
    {
        areas.put(address, length);
    }

    void unmapArea(final long address)
    {
        SysMman.munmap(address, areas.remove(address));
    }

    void unmap(final Window window, final long handle)
    {
        unmapHandle(new Domid(window.key >> 1), handle);
        if (--window.mappingCount == 0)
        {
            if (!windows.remove(window.key, window))
            {
                replaced.remove(window);
            }
            window.unmap();
        }
    }

    private void unmapHandle(final Domid granter, final long handle)
    {
        if (tryUnmap(handle) == GrantStatus.EAGAIN)
        {
            leaving.add(new Leaving(granter, handle));
            retryLater();
        }
    }

    private int tryUnmap(final long handle)
    {
        synchronized (ring)
        {
            unmapGrantRef.wrap(ring.page(), ring.claim())
                .op(GnttabUnmapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag()).handle(handle);
            ring.submit();
            return (int)ring.await().result();
        }
    }

    /** Nobody tells us when the granter dies before the page is home. */
    private void retryLater()
    {
        if (!isRetrying)
        {
            isRetrying = true;
            loop.schedule(RETRY_NS, () ->
            {
                isRetrying = false;
                retry();
            });
        }
    }

    private void retry()
    {
        leaving.removeIf(page -> tryUnmap(page.handle) != GrantStatus.EAGAIN);
        if (!leaving.isEmpty())
        {
            retryLater();
        }
        runTasks(task -> task.isUntilLeft && !isLeaving(task.granter));
    }

    private boolean isLeaving(final Domid granter)
    {
        return leaving.stream().anyMatch(page -> page.granter.equals(granter));
    }

    private void runTasks(final Predicate<Task> isDue)
    {
        final List<Task> due = tasks.stream().filter(isDue).toList();
        tasks.removeAll(due);
        due.forEach(task -> task.task.run());
    }

    /** A new window under an old number is that of another domain, or of the same one after it was built again. */
    private Window window(final Domid granter, final boolean isReadOnly, final boolean isNew)
    {
        final int key = granter.value() << 1 | (isReadOnly ? 1 : 0);
        final Window known = windows.get(key);
        if (known != null && !isNew)
        {
            return known;
        }

        final long frameCount;
        final int fd;
        synchronized (connection)
        {
            openWindow.wrapAndApplyHeader(connection.out(), 0, connection.headerOut())
                .granter(granter.value()).readOnly((short)(isReadOnly ? 1 : 0));
            frameCount = connection.call(openWindow.encodedLength());
            fd = connection.replyFd(0);
        }
        if (frameCount <= 0)
        {
            return null;
        }

        final long length = frameCount * Hypercalls.PAGE_SIZE;
        final long address = SysMman.mmap(
            0, length, SysMman.PROT_READ | (isReadOnly ? 0 : SysMman.PROT_WRITE),
            SysMman.MAP_SHARED | SysMman.MAP_NORESERVE, fd, 0);
        Unistd.close(fd);
        if (address < 0)
        {
            return null;
        }
        final Window window = new Window(key, address, length);
        windows.put(key, window);
        if (known != null)
        {
            replaced.add(known);
        }

        return window;
    }

    /** A page that is not ours any more and not home yet. */
    private record Leaving(Domid granter, long handle)
    {
    }

    private record Task(Domid granter, Runnable task, boolean isUntilLeft)
    {
    }

    /** One of a granter's two windows where we have it mapped. */
    static final class Window
    {
        private final int key;
        private final long address;
        private final long length;
        private int mappingCount;

        Window(final int key, final long address, final long length)
        {
            this.key = key;
            this.address = address;
            this.length = length;
        }

        private void unmap()
        {
            SysMman.munmap(address, length);
        }
    }
}
