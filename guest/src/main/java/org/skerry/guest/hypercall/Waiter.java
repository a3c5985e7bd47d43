package org.skerry.guest.hypercall;

import org.skerry.wire.linux.Poll;

/**
 * How a domain waits right there for another's answer: the hypervisor's to a hypercall or a request, the store's to a
 * call. A process sleeps; who runs all domains in one thread gives the others their turns.
 */
@FunctionalInterface
public interface Waiter
{
    /** Sleeps in poll(2). */
    Waiter SLEEPING = (pollfds, count) -> Poll.poll(pollfds, count, -1);

    /**
     * Return when one of the descriptors is ready; for nothing is possible. On the owner's thread.
     *
     * @param pollfds address of {@code struct pollfd[count]}; what is ready stands there afterwards.
     * @param count   of them.
     * @return how many are ready, or a negative errno.
     */
    int await(long pollfds, int count);
}
