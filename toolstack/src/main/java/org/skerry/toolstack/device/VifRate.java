package org.skerry.toolstack.device;

/**
 * How much a guest may send.
 *
 * <p>Spec: xl-network-configuration(5), {@code rate}.
 *
 * @param bytesPerInterval credit, bytes, 1 to 2^32 - 1.
 * @param intervalUs       after which the credit is full again, microseconds, 1 to 2^32 - 1.
 */
public record VifRate(long bytesPerInterval, long intervalUs)
{
    private static final long MAX_VALUE = 0xFFFF_FFFFL;

    /** Both fit the 32 bits a backend has for them. */
    public VifRate
    {
        if (bytesPerInterval < 1 || bytesPerInterval > MAX_VALUE || intervalUs < 1 || intervalUs > MAX_VALUE)
        {
            throw new IllegalArgumentException("rate out of range: bytes=" + bytesPerInterval + ", us=" + intervalUs);
        }
    }

    /** @return as it stands in xenstore: {@code bytes,microseconds}. */
    @Override
    public String toString()
    {
        return bytesPerInterval + "," + intervalUs;
    }
}
