package org.skerry.guest.grant;

import java.util.ArrayList;
import java.util.List;

import org.agrona.collections.Int2ObjectHashMap;
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

    private final HypervisorConnection connection;
    private final HypercallRing ring;
    private final Int2ObjectHashMap<Window> windows = new Int2ObjectHashMap<>();
    private final List<Window> replaced = new ArrayList<>();
    private final OpenWindowEncoder openWindow = new OpenWindowEncoder();
    private final GnttabMapGrantRefEncoder mapGrantRef = new GnttabMapGrantRefEncoder();
    private final GnttabUnmapGrantRefEncoder unmapGrantRef = new GnttabUnmapGrantRefEncoder();

    /**
     * @param connection of this domain.
     * @param ring       of this domain.
     */
    public ForeignGrants(final HypervisorConnection connection, final HypercallRing ring)
    {
        this.connection = connection;
        this.ring = ring;
    }

    /**
     * Map a page that a domain granted to us.
     *
     * @param granter    whose page.
     * @param ref        its reference.
     * @param isReadOnly whether we only read. A page in the granter's read-only window cannot be mapped otherwise, and
     *                   who writes it ends this process; a page in the other window has to be granted for writing.
     * @return the page, until closed.
     * @throws GrantException what the hypervisor said; GNTST_bad_page when the page can only be copied.
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
            unmapHandle(handle);
            throw new GrantException("no window of domain " + granter, GrantStatus.GENERAL_ERROR);
        }
        window.mappingCount++;

        return new GrantMapping(
            this, window, handle, window.address + (place & PLACE_MASK) * Hypercalls.PAGE_SIZE);
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
    }

    void unmap(final Window window, final long handle)
    {
        unmapHandle(handle);
        if (--window.mappingCount == 0)
        {
            if (!windows.remove(window.key, window))
            {
                replaced.remove(window);
            }
            window.unmap();
        }
    }

    private void unmapHandle(final long handle)
    {
        synchronized (ring)
        {
            unmapGrantRef.wrap(ring.page(), ring.claim())
                .op(GnttabUnmapGrantRefEncoder.TEMPLATE_ID).tag(ring.nextTag()).handle(handle);
            ring.submit();
            ring.await();
        }
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
