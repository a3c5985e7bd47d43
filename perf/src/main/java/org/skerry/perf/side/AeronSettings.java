package org.skerry.perf.side;

import java.util.concurrent.TimeUnit;

/**
 * What the media driver and its clients must agree on.
 */
final class AeronSettings
{
    /** Both directions: shared memory, with terms so long that the driver's tick does not hold the sender up. */
    static final String CHANNEL = "aeron:ipc?term-length=16m";

    static final int REQUEST_STREAM = 1;
    static final int RESPONSE_STREAM = 2;

    /** All three processes are stopped while others are measured; nobody shall be taken for dead. */
    static final long PATIENCE_NS = TimeUnit.HOURS.toNanos(1);

    private AeronSettings()
    {
    }
}
