package org.skerry.pvh;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Time as the guest has it: nanoseconds since its first vCPU was made, told by its time stamp counter. The same for all
 * vCPUs, for KVM keeps the counters of vCPUs in step that are made together. Immutable; any thread.
 *
 * <p>Spec: xen.h, struct vcpu_time_info.
 */
final class GuestClock
{
    /** Bytes of {@code struct vcpu_time_info}. */
    static final int TIME_INFO_LENGTH = 32;

    private static final int VERSION_OFFSET = 0;
    private static final int TSC_TIMESTAMP_OFFSET = 8;
    private static final int SYSTEM_TIME_OFFSET = 16;
    private static final int TSC_TO_SYSTEM_MUL_OFFSET = 24;
    private static final int TSC_SHIFT_OFFSET = 28;
    private static final int FLAGS_OFFSET = 29;
    private static final byte XEN_PVCLOCK_TSC_STABLE_BIT = 1;

    private static final long NS_PER_S = 1_000_000_000L;
    private static final int KHZ = 1_000;

    private final long tscAtZero;
    private final int mul;
    private final int shift;

    /**
     * @param tscAtZero the counter when the guest's time was 0.
     * @param tscKhz    its frequency, 1 or more.
     */
    GuestClock(final long tscAtZero, final int tscKhz)
    {
        this.tscAtZero = tscAtZero;

        long ticks = (long)tscKhz * KHZ;            // per second; brought into (1 s, 2 s] of nanoseconds by the shift
        int exponent = 0;
        while (ticks > 2 * NS_PER_S)
        {
            ticks >>>= 1;
            exponent--;
        }
        while (ticks <= NS_PER_S)
        {
            ticks <<= 1;
            exponent++;
        }
        shift = exponent;
        mul = (int)Long.divideUnsigned(NS_PER_S << 32, ticks);
    }

    /**
     * @param tsc the counter.
     * @return the guest's time then, nanoseconds.
     */
    long timeNs(final long tsc)
    {
        final long delta = tsc - tscAtZero;
        final long shifted = shift < 0 ? delta >>> -shift : delta << shift;
        final long factor = Integer.toUnsignedLong(mul);

        return Math.multiplyHigh(shifted, factor) << 32 | shifted * factor >>> 32;
    }

    /**
     * Fill a time record of a vCPU, once and for ever.
     *
     * @param memory that holds it.
     * @param offset of it.
     */
    void putTimeInfo(final UnsafeBuffer memory, final int offset)
    {
        memory.setMemory(offset, TIME_INFO_LENGTH, (byte)0);
        memory.putLong(offset + TSC_TIMESTAMP_OFFSET, tscAtZero);
        memory.putLong(offset + SYSTEM_TIME_OFFSET, 0);
        memory.putInt(offset + TSC_TO_SYSTEM_MUL_OFFSET, mul);
        memory.putByte(offset + TSC_SHIFT_OFFSET, (byte)shift);
        memory.putByte(offset + FLAGS_OFFSET, XEN_PVCLOCK_TSC_STABLE_BIT);
        memory.putIntVolatile(offset + VERSION_OFFSET, 2);
    }
}
