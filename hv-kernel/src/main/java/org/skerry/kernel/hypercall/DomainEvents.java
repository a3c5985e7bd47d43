package org.skerry.kernel.hypercall;

import org.skerry.kernel.domain.Connection;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.ShutdownReason;

/**
 * What the kernel does when domains come and go.
 */
public interface DomainEvents
{
    /**
     * @param domain new, in the table.
     * @return 0; or a negative errno: it cannot be heard.
     */
    int onCreated(KernelDomain domain);

    /**
     * Another process is to carry a domain; what carried it until now is cut off.
     *
     * @param domain     in the table.
     * @param connection ours from now on, also after a failure.
     * @return 0; -ENOMEM: the domain has no process then.
     */
    int onRestart(KernelDomain domain, Connection connection);

    /**
     * @param domain to be served no more, or again.
     * @param pause  which of the two; may be so already.
     */
    void onPause(KernelDomain domain, boolean pause);

    /**
     * A domain sets one of its watchdogs.
     *
     * @param domain   whose.
     * @param id       as it said it.
     * @param timeoutS as it said it.
     * @return as {@link org.skerry.kernel.domain.Watchdogs#set}.
     */
    int onWatchdog(KernelDomain domain, long id, long timeoutS);

    /**
     * The domain asked for it, or its process is gone.
     *
     * @param domain still in the table.
     * @param reason why it stopped.
     */
    void onShutdown(KernelDomain domain, ShutdownReason reason);

    /**
     * @param domain to be taken apart and out of the table.
     */
    void onDestroyed(KernelDomain domain);
}
