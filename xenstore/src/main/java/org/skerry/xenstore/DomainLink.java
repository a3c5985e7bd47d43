package org.skerry.xenstore;

/** The ring of an introduced domain, as the store sees it. */
interface DomainLink extends AutoCloseable
{
    /** @return what the ring carries. */
    XsConnection connection();

    /**
     * Use another event channel of the same domain.
     *
     * @param port of the domain, unbound.
     * @throws XsException when it cannot be bound; the old one is gone then, too.
     */
    void rebind(int port) throws XsException;

    /** Begin anew: empty rings, indices 0, no error. */
    void reset();

    /** Write down where its rings are. */
    void writeTo(RecordWriter out);

    /** Let go of page and port. */
    @Override
    void close();

    /** Makes links: the part of the store that knows of pages and ports. */
    interface Factory
    {
        /**
         * @param domain its grant 1 is the page; its features are offered there.
         * @param port   of the domain, unbound.
         * @return the link; requests may come from now on.
         * @throws XsException when the page cannot be mapped or the port not bound.
         */
        DomainLink open(KnownDomain domain, int port) throws XsException;

        /**
         * Go on with a ring that an earlier process served.
         *
         * @param domain as in {@link #open}.
         * @param saved  where the earlier process was.
         * @return the link; one that is served no more when the domain is gone, until it is introduced again.
         */
        DomainLink adopt(KnownDomain domain, SavedConnection saved);
    }
}
