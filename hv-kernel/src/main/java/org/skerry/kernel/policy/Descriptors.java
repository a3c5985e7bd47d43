package org.skerry.kernel.policy;

import org.skerry.wire.linux.SysResource;

/**
 * Of the descriptors that Linux lets this process have the last quarter is kept for what Domain-0 does to build,
 * inspect and end domains; what other domains ask for ends before. A new descriptor has the lowest number that is free,
 * so its number says how many there are.
 */
public final class Descriptors
{
    private static final long FIRST_RESERVED = SysResource.getrlimit(SysResource.RLIMIT_NOFILE) / 4 * 3;

    private Descriptors()
    {
    }

    /** @return whether a new descriptor, or the negative errno in place of one, is not to be had for another domain. */
    public static boolean isReserved(final int fd)
    {
        return fd < 0 || fd >= FIRST_RESERVED;
    }
}
