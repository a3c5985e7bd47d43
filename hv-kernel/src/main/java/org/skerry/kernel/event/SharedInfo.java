package org.skerry.kernel.event;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The pending and mask bits of a domain's ports, in a page of its own memory: the 2-level ABI. The domain may write it
 * at any time, so nothing read here is believed further than whether to ring the domain's own bell, and no write is
 * tried for ever.
 *
 * <p>Spec: xen.h, struct shared_info and struct vcpu_info, x86_64.
 */
public final class SharedInfo
{
    /** Vcpus that have their place in the page. */
    public static final int LEGACY_MAX_VCPUS = 32;

    static final int VCPU_INFO_LENGTH = 64;
    static final int EVTCHN_UPCALL_PENDING_OFFSET = 0;
    static final int EVTCHN_PENDING_SEL_OFFSET = 8;
    static final int EVTCHN_PENDING_OFFSET = LEGACY_MAX_VCPUS * VCPU_INFO_LENGTH;
    static final int EVTCHN_MASK_OFFSET = EVTCHN_PENDING_OFFSET + 64 * Long.BYTES;

    private static final int CAS_ATTEMPTS = 64;

    private final UnsafeBuffer page;

    /**
     * @param page 4096 bytes, aligned to 8.
     */
    public SharedInfo(final UnsafeBuffer page)
    {
        this.page = page;
    }

    /**
     * The port has an event.
     *
     * @param port 1 to 4095.
     * @param vcpu 0 to 31, to be told.
     * @return whether the vcpu does not know yet and its bell is to be rung.
     */
    public boolean setPending(final int port, final int vcpu)
    {
        return !testAndPut(EVTCHN_PENDING_OFFSET, port, true) && !isSet(EVTCHN_MASK_OFFSET, port) && tell(port, vcpu);
    }

    /** The port is masked no more; parameters and result as of {@link #setPending}. */
    public boolean unmask(final int port, final int vcpu)
    {
        return testAndPut(EVTCHN_MASK_OFFSET, port, false) && isSet(EVTCHN_PENDING_OFFSET, port) && tell(port, vcpu);
    }

    /** The port is closed: who binds its number next hears nothing of it. */
    public void clearPending(final int port)
    {
        testAndPut(EVTCHN_PENDING_OFFSET, port, false);
    }

    /** @return whether the bit of a port is set, in the pending (false) or mask (true) words. */
    boolean isSet(final int port, final boolean ofMask)
    {
        return isSet(ofMask ? EVTCHN_MASK_OFFSET : EVTCHN_PENDING_OFFSET, port);
    }

    private boolean tell(final int port, final int vcpu)
    {
        final int vcpuInfo = vcpu * VCPU_INFO_LENGTH;
        if (testAndPut(vcpuInfo + EVTCHN_PENDING_SEL_OFFSET, port / Long.SIZE, true) ||
            page.getByteVolatile(vcpuInfo + EVTCHN_UPCALL_PENDING_OFFSET) != 0)
        {
            return false;                   // it clears this byte first, then looks at the selector
        }
        page.putByteVolatile(vcpuInfo + EVTCHN_UPCALL_PENDING_OFFSET, (byte)1);

        return true;
    }

    private boolean isSet(final int offset, final int bit)
    {
        return (page.getLongVolatile(offset + bit / Long.SIZE * Long.BYTES) & 1L << bit) != 0;
    }

    /** @return the bit as it was; as it should be, when the owner flips bits of the word faster than we can. */
    private boolean testAndPut(final int offset, final int bit, final boolean value)
    {
        final int index = offset + bit / Long.SIZE * Long.BYTES;
        final long mask = 1L << bit;
        long word = page.getLongVolatile(index);
        for (int i = 0; i < CAS_ATTEMPTS && (word & mask) != 0 != value; i++)
        {
            final long seen = page.compareAndExchangeLong(index, word, word ^ mask);
            if (seen == word)
            {
                return !value;
            }
            word = seen;
        }

        return value;
    }
}
