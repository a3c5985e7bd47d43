package org.skerry.blkback;

import java.util.function.BooleanSupplier;
import org.skerry.wire.Domid;

/** What a device needs of the domain it is served in. One thread. */
interface BlkbackHost
{
    /** Our end of an event channel. */
    interface Channel extends AutoCloseable
    {
        void notifyRemote();

        @Override
        void close();
    }

    /**
     * @param tag name of an open file: {@code vbd/<frontend domid>/<vdev>}.
     * @return the file descriptor, ours to close, or -1 when Domain-0 has not handed it over (yet).
     */
    int takeImage(String tag);

    /**
     * @param frontend whose pages.
     * @return the way to its pages, to be closed.
     */
    GrantAccess grantAccess(Domid frontend);

    /**
     * @param frontend whose pages were let go.
     * @param task     runs once, now or later, when its domain has them all back.
     */
    void whenLeft(Domid frontend, Runnable task);

    /**
     * Bind a port that the frontend has allocated for us.
     *
     * @param frontend its domain.
     * @param port     1 to 4095, as the frontend wrote it.
     * @param onEvent  called when it rings; says whether there was something to do.
     * @return our end, or null when the hypervisor refuses.
     */
    Channel bind(Domid frontend, int port, BooleanSupplier onEvent);

    /**
     * Have a connected device served from now on.
     *
     * @param device with a ring.
     */
    void serve(Blkback device);

    /**
     * Serve a device no more.
     *
     * @param device with a ring.
     */
    void release(Blkback device);
}
