package org.skerry.kernel.domain;

import org.skerry.kernel.memory.SharedFile;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Unistd;

/**
 * What the kernel shares with the process that carries a domain: it comes and goes with that process, and the domain
 * may have another afterwards.
 *
 * @param connection   who the domain is.
 * @param ring         the file of its hypercall ring.
 * @param requestBell  rung by the process.
 * @param responseBell rung by us.
 */
record Carrier(Connection connection, SharedFile ring, int requestBell, int responseBell)
{
    /** @return a carrier, or null when Linux has no memory or descriptors; the connection is the caller's then. */
    static Carrier create(final int domid, final Connection connection)
    {
        final SharedFile ring = SharedFile.create("skerry-hypercalls-" + domid, Hypercalls.RING_FILE_LENGTH, false);
        final int requestBell = Eventfd.create();
        final int responseBell = Eventfd.create();
        if (ring == null || requestBell < 0 || responseBell < 0)
        {
            Unistd.close(requestBell);
            Unistd.close(responseBell);
            if (ring != null)
            {
                ring.close();
            }
            return null;
        }

        return new Carrier(connection, ring, requestBell, responseBell);
    }

    /** The process is gone. Only the ring's file stays: what serves it may be at work. */
    void cutOff()
    {
        connection.close();
        Unistd.close(requestBell);
        Unistd.close(responseBell);
    }
}
