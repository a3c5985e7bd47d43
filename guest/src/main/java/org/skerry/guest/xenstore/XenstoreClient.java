package org.skerry.guest.xenstore;

import java.util.function.Consumer;
import java.util.function.Function;

import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;

/**
 * A connection to xenstore. Calls are synchronous: they return when the store has answered. Which threads may call and
 * on which thread watch events arrive is the transport's to say: {@link XenstoreRingClient},
 * {@link XenstoreSocketClient}.
 */
public interface XenstoreClient extends XenstoreAccess, AutoCloseable
{
    /** Fires after a domain was introduced to the store. */
    String INTRODUCE_DOMAIN = "@introduceDomain";

    /** Fires after a domain was released from the store, and when a domain shut down or died. */
    String RELEASE_DOMAIN = "@releaseDomain";

    /**
     * Run a body in a transaction and commit it. When something that the body read or relied on changed meanwhile
     * (EAGAIN), the body is run again from the start: it must not have other effects. When it throws, the transaction
     * is aborted and the exception goes on to the caller.
     *
     * @param body what to read and write.
     * @param <T>  its result.
     * @return the result of the run that was committed.
     */
    <T> T inTransaction(Function<XenstoreTransaction, T> body);

    /**
     * Watch a node and everything below it. An event says that something changed there; two changes of one node may
     * give one event, and an event may name the watched path instead of the changed one when too many changed: read
     * again what matters. The first event comes at once, with the watched path itself. It need not exist.
     *
     * @param path    to watch, or {@link #INTRODUCE_DOMAIN}, {@link #RELEASE_DOMAIN}.
     * @param onEvent gets the path of what changed, relative when the watched path is relative. May call this client.
     * @return the watch, to be closed.
     */
    XenstoreWatch watch(String path, Consumer<String> onEvent);

    /**
     * Tell the store of a domain, or that its ring begins anew. Privileged.
     *
     * @param domid of the domain.
     * @param gfn   frame of its store page; the store reaches the page by grant 1.
     * @param port  of the domain, allocated for the store to bind to.
     */
    void introduce(Domid domid, int gfn, EventChannelPort port);

    /**
     * Take a domain out of the store: its connection, its nodes and its rights. Privileged. A domain that the store
     * does not know is ENOENT.
     *
     * @param domid of the domain.
     */
    void release(Domid domid);

    /**
     * Privileged.
     *
     * @param domid of the domain.
     * @return true from introduce to release.
     */
    boolean isIntroduced(Domid domid);

    /**
     * Let one domain act with the rights of another (a device model for its guest). Privileged; both must be
     * introduced.
     *
     * @param domid  which gets the rights.
     * @param target whose rights they are.
     */
    void setTarget(Domid domid, Domid target);

    /**
     * Set a limit of what a domain may have of the store. Privileged.
     *
     * @param domid of the domain.
     * @param name  of the quota, as {@code xenstore-control quota} shows it.
     * @param value 0 for no limit.
     */
    void setQuota(Domid domid, String name, int value);

    /** @return false once the connection is lost; every call then throws EIO. */
    boolean isOpen();

    /** End the connection: its watches and transactions go with it. */
    @Override
    void close();
}
