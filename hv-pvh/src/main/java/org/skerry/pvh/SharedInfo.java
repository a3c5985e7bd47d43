package org.skerry.pvh;

import java.util.concurrent.atomic.AtomicReferenceArray;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.Hypercalls;

/**
 * What a guest and its hypervisor share: pending and mask bits of its ports in the 2-level ABI, an upcall flag for each
 * vCPU, and the clock. It is there from the beginning; the guest says later where in its memory it wants to see it. The
 * guest may write it at any time, so nothing read here is believed further than whether to interrupt the guest, and no
 * write is tried for ever.
 * <p>
 * Any thread may ask and set; the loop alone places.
 *
 * <p>Spec: xen.h, struct shared_info and struct vcpu_info, x86_64.
 */
public final class SharedInfo
{
    /** Vcpus that have their record in the page. */
    public static final int LEGACY_MAX_VCPUS = 32;

    /** Bytes of {@code struct vcpu_info}. */
    static final int VCPU_INFO_LENGTH = 64;

    static final int EVTCHN_UPCALL_PENDING_OFFSET = 0;
    static final int EVTCHN_PENDING_SEL_OFFSET = 8;
    static final int VCPU_TIME_OFFSET = 32;
    static final int EVTCHN_PENDING_OFFSET = LEGACY_MAX_VCPUS * VCPU_INFO_LENGTH;
    static final int EVTCHN_MASK_OFFSET = EVTCHN_PENDING_OFFSET + 64 * Long.BYTES;
    static final int WC_VERSION_OFFSET = EVTCHN_MASK_OFFSET + 64 * Long.BYTES;
    static final int WC_SEC_OFFSET = WC_VERSION_OFFSET + 4;
    static final int WC_NSEC_OFFSET = WC_VERSION_OFFSET + 8;
    static final int WC_SEC_HI_OFFSET = WC_VERSION_OFFSET + 12;

    private static final int CAS_ATTEMPTS = 64;

    private final AtomicReferenceArray<UnsafeBuffer> vcpuInfos;
    private final boolean[] isVcpuInfoPlaced;
    private volatile UnsafeBuffer page = new UnsafeBuffer(new byte[Hypercalls.PAGE_SIZE]);

    /**
     * @param vcpuCount of the guest, 1 to 32.
     */
    public SharedInfo(final int vcpuCount)
    {
        vcpuInfos = new AtomicReferenceArray<>(vcpuCount);
        isVcpuInfoPlaced = new boolean[vcpuCount];
        placeRecords();
    }

    /**
     * XENMAPSPACE_shared_info: from now on it is in that page.
     *
     * @param newPage 4096 bytes of the guest's memory.
     */
    public void place(final UnsafeBuffer newPage)
    {
        newPage.putBytes(0, page, 0, Hypercalls.PAGE_SIZE);
        page = newPage;
        placeRecords();
    }

    /**
     * VCPUOP_register_vcpu_info: from now on the record of that vCPU is there. Whatever was pending is to be looked at
     * again.
     *
     * @param vcpu    of the guest.
     * @param address of 64 bytes of the guest's memory, aligned to 8.
     * @return false when it has been placed before.
     */
    boolean placeVcpuInfo(final int vcpu, final long address)
    {
        if (isVcpuInfoPlaced[vcpu])
        {
            return false;
        }
        isVcpuInfoPlaced[vcpu] = true;
        final UnsafeBuffer record = new UnsafeBuffer(address, VCPU_INFO_LENGTH);
        record.putBytes(0, vcpuInfos.get(vcpu), 0, VCPU_INFO_LENGTH);
        vcpuInfos.set(vcpu, record);
        record.putLongVolatile(EVTCHN_PENDING_SEL_OFFSET, -1);
        record.putByteVolatile(EVTCHN_UPCALL_PENDING_OFFSET, (byte)1);

        return true;
    }

    /** Every vCPU reads the time from its own record. */
    void putTime(final GuestClock clock)
    {
        for (int vcpu = 0; vcpu < vcpuInfos.length(); vcpu++)
        {
            clock.putTimeInfo(vcpuInfos.get(vcpu), VCPU_TIME_OFFSET);
        }
    }

    /** @param bootTimeNs since 1970, when the guest's time was 0. */
    void putWallClock(final long bootTimeNs)
    {
        final UnsafeBuffer at = page;
        final long seconds = bootTimeNs / 1_000_000_000L;
        final int version = at.getInt(WC_VERSION_OFFSET);
        at.putIntVolatile(WC_VERSION_OFFSET, version | 1);
        at.putInt(WC_SEC_OFFSET, (int)seconds);
        at.putInt(WC_NSEC_OFFSET, (int)(bootTimeNs % 1_000_000_000L));
        at.putInt(WC_SEC_HI_OFFSET, (int)(seconds >>> Integer.SIZE));
        at.putIntVolatile(WC_VERSION_OFFSET, (version | 1) + 1);
    }

    /**
     * The port has an event.
     *
     * @param port 1 to 4095.
     * @param vcpu to be told.
     * @return whether the vcpu does not know yet and is to be interrupted.
     */
    public boolean setPending(final int port, final int vcpu)
    {
        return !testAndPut(page, EVTCHN_PENDING_OFFSET, port, true) &&
            !isSet(EVTCHN_MASK_OFFSET, port) && tell(port, vcpu);
    }

    /** The port is masked no more; parameters and result as of {@link #setPending}. */
    public boolean unmask(final int port, final int vcpu)
    {
        return testAndPut(page, EVTCHN_MASK_OFFSET, port, false) &&
            isSet(EVTCHN_PENDING_OFFSET, port) && tell(port, vcpu);
    }

    /** The port is closed: who binds its number next hears nothing of it. */
    public void clearPending(final int port)
    {
        testAndPut(page, EVTCHN_PENDING_OFFSET, port, false);
    }

    /** @return whether the port has an event. */
    boolean isPending(final int port)
    {
        return isSet(EVTCHN_PENDING_OFFSET, port);
    }

    /** @return whether events of the port are kept from the guest. */
    boolean isMasked(final int port)
    {
        return isSet(EVTCHN_MASK_OFFSET, port);
    }

    /** @return whether the vCPU has not looked since it was last told. */
    boolean isUpcallPending(final int vcpu)
    {
        return vcpuInfos.get(vcpu).getByteVolatile(EVTCHN_UPCALL_PENDING_OFFSET) != 0;
    }

    private void placeRecords()
    {
        for (int vcpu = 0; vcpu < vcpuInfos.length(); vcpu++)
        {
            if (!isVcpuInfoPlaced[vcpu])
            {
                vcpuInfos.set(vcpu, new UnsafeBuffer(page, vcpu * VCPU_INFO_LENGTH, VCPU_INFO_LENGTH));
            }
        }
    }

    private boolean tell(final int port, final int vcpu)
    {
        final UnsafeBuffer record = vcpuInfos.get(vcpu);
        if (testAndPut(record, EVTCHN_PENDING_SEL_OFFSET, port / Long.SIZE, true) ||
            record.getByteVolatile(EVTCHN_UPCALL_PENDING_OFFSET) != 0)
        {
            return false;                   // it clears this byte first, then looks at the selector
        }
        record.putByteVolatile(EVTCHN_UPCALL_PENDING_OFFSET, (byte)1);

        return true;
    }

    private boolean isSet(final int offset, final int bit)
    {
        return (page.getLongVolatile(offset + bit / Long.SIZE * Long.BYTES) & 1L << bit) != 0;
    }

    /** @return the bit as it was; as it should be, when the owner flips bits of the word faster than we can. */
    private static boolean testAndPut(
        final UnsafeBuffer memory, final int offset, final int bit, final boolean value)
    {
        final int index = offset + bit / Long.SIZE * Long.BYTES;
        final long mask = 1L << bit;
        long word = memory.getLongVolatile(index);
        for (int i = 0; i < CAS_ATTEMPTS && (word & mask) != 0 != value; i++)
        {
            final long seen = memory.compareAndExchangeLong(index, word, word ^ mask);
            if (seen == word)
            {
                return !value;
            }
            word = seen;
        }

        return value;
    }
}
