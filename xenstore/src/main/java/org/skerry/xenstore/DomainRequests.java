package org.skerry.xenstore;

import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;

/** What is asked of a store about its domains: that they come and go, whom they act for, what they can do. */
final class DomainRequests
{
    private final Store store;
    private final DomainTable domains;
    private final DomainLink.Factory links;

    /**
     * @param store that is asked; nothing of it is used yet but its domains.
     * @param links reach the rings of domains.
     */
    DomainRequests(final Store store, final DomainLink.Factory links)
    {
        this.store = store;
        this.domains = store.domains();
        this.links = links;
    }

    XsReply introduce(final int domid, final int port) throws XsException
    {
        final boolean wasKnown = domains.find(domid) != null;
        final KnownDomain domain = domains.findOrAdd(domid);

        if (!domain.isIntroduced())
        {
            open(domain, port, wasKnown);
            store.publisher().fireSpecial(store.tree().introduceDomain(), XenstorePath.INTRODUCE_DOMAIN, domid);
            return XsReply.OK;
        }

        domain.link().rebind(port);
        store.restart(domain);
        return XsReply.OK;
    }

    private void open(final KnownDomain domain, final int port, final boolean wasKnown) throws XsException
    {
        try
        {
            domain.introduced(links.open(domain, port));
        }
        catch (final XsException e)
        {
            if (!wasKnown)
            {
                domains.remove(domain.domid());
            }

            throw e;
        }
    }

    XsReply release(final Caller by, final int domid) throws XsException
    {
        final KnownDomain domain = domains.find(domid);
        XsException.check(domain != null, Errno.ENOENT);

        if (domain.isIntroduced())
        {
            store.forget(domain.connection());
            domain.link().close();
        }

        domains.remove(domid);
        store.log().forget(domid);

        for (final KnownDomain other : domains.all())
        {
            if (other.isIntroduced() && other.connection().caller().target() == domid)
            {
                other.connection().target(Caller.NO_TARGET);
            }
        }

        forgetInTree(by, domid);

        if (domain.isIntroduced())
        {
            store.publisher().fireSpecial(store.tree().releaseDomain(), XenstorePath.RELEASE_DOMAIN, domid);
        }

        return XsReply.OK;
    }

    /** What the domain owned goes, and its rights elsewhere: a later domain of that number begins with nothing. */
    private void forgetInTree(final Caller by, final int domid)
    {
        final DomainRemoval removal = DomainRemoval.of(store.tree(), domid, store.commits().nextGeneration());
        store.commits().commit(by, removal.tree(), removal.removed());
    }

    XsReply resume(final int domid) throws XsException
    {
        XsException.check(isKnown(domid), Errno.ENOENT);
        return XsReply.OK;
    }

    XsReply setTarget(final int domid, final int target) throws XsException
    {
        XsException.check(domid != 0 && isKnown(domid) && isKnown(target), Errno.ENOENT);
        domains.find(domid).connection().target(target);
        store.records().target(domid, target);
        return XsReply.OK;
    }

    XsReply isIntroduced(final int domid)
    {
        return XsReply.text(isKnown(domid) ? "T" : "F");
    }

    private boolean isKnown(final int domid)
    {
        final KnownDomain domain = domains.find(domid);
        return domid == 0 || domid == Domid.DOMID_SELF || domain != null && domain.isIntroduced();
    }

    XsReply getFeature(final Caller caller, final int domid) throws XsException
    {
        if (domid < 0)
        {
            return XsReply.text(Integer.toString(domains.features(caller)));
        }

        XsException.check(caller.isPrivileged(), Errno.EACCES);
        final KnownDomain domain = domains.findExisting(domid);
        XsException.check(domid == 0 || domain != null, Errno.ENOENT);
        return XsReply.text(Integer.toString(domid == 0 ? DomainTable.FEATURES : domain.features()));
    }

    XsReply setFeature(final int domid, final int features) throws XsException
    {
        XsException.check(domid != 0, Errno.EBUSY);
        final KnownDomain domain = domains.findExisting(domid);
        XsException.check(domain != null, Errno.ENOENT);
        XsException.check(!domain.isIntroduced(), Errno.EBUSY);
        XsException.check((features & ~DomainTable.FEATURES) == 0, Errno.EINVAL);
        domains.features(domain, features);
        return XsReply.OK;
    }
}
