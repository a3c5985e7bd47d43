package org.skerry.guest.grant;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;

/**
 * A page of another domain that we see, until closed. The other domain writes it as it likes: read a thing once, check
 * the copy, use the copy.
 */
public final class GrantMapping implements AutoCloseable
{
    private final ForeignGrants owner;
    private final ForeignGrants.Window window;
    private final long handle;
    private final long address;
    private final UnsafeBuffer buffer;
    private boolean isClosed;

    GrantMapping(
        final ForeignGrants owner, final ForeignGrants.Window window, final long handle, final long address)
    {
        this.owner = owner;
        this.window = window;
        this.handle = handle;
        this.address = address;
        this.buffer = new UnsafeBuffer(address, Hypercalls.PAGE_SIZE);
    }

    /** @return where the page is mapped. */
    public long address()
    {
        return address;
    }

    /** @return the page. */
    public UnsafeBuffer buffer()
    {
        return buffer;
    }

    /** Let go of the page. Nothing may read or write it through this any more. */
    @Override
    public void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            owner.unmap(window, handle);
        }
    }
}
