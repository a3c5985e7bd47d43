package org.skerry.xenstore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsWire;

/**
 * What requests do to a tree: a function of caller, tree and request to a tree and a reply. A request that fails leaves
 * the tree as it was. The same function serves requests outside of transactions, inside them, and once more when a
 * transaction is committed upon a tree that has moved on.
 */
final class TreeOperations
{
    private final DomainTable domains;
    private final StoreLog log;
    private final Shared shared = new Shared();

    /**
     * @param domains their limits, and which of them exist.
     * @param log     is told of refusals for a limit.
     */
    TreeOperations(final DomainTable domains, final StoreLog log)
    {
        this.domains = domains;
        this.log = log;
    }

    /**
     * What became of a request.
     *
     * @param tree    after it.
     * @param reply   to it.
     * @param changed path of the node that was written, made, removed or given other permissions; null for none.
     */
    record Outcome(Tree tree, XsReply reply, String changed)
    {
    }

    /**
     * @param caller     who asks.
     * @param tree       before the request.
     * @param request    to be done.
     * @param generation number of this change, higher than of any before.
     */
    Outcome apply(final Caller caller, final Tree tree, final XsRequest.OnTree request, final long generation)
    {
        try
        {
            return switch (request)
            {
                case XsRequest.Reading reading -> new Outcome(tree, read(caller, tree, reading), null);
                case XsRequest.Write(var path, var value) -> write(caller, tree, path, value, generation);
                case XsRequest.Mkdir(var path) -> mkdir(caller, tree, path, generation);
                case XsRequest.Rm(var path) -> rm(caller, tree, path, generation);
                case XsRequest.SetPerms(var path, var entries) -> setPerms(caller, tree, path, entries, generation);
            };
        }
        catch (final XsException e)
        {
            return new Outcome(tree, new XsReply.Failure(e.errno()), null);
        }
    }

    private static XsReply read(final Caller caller, final Tree tree, final XsRequest.Reading request)
        throws XsException
    {
        final Node node = tree.find(request.path());
        final Errno refusal = refusal(caller, tree, request.path(), node, Permission.READ);

        if (refusal != null)
        {
            throw XsException.of(refusal);
        }

        return switch (request)
        {
            case XsRequest.Read _ -> new XsReply.Payload(node.value());
            case XsRequest.Directory _ -> new XsReply.Payload(node.listing());
            case XsRequest.DirectoryPart(_, var offset) -> directoryPart(node, offset);
            case XsRequest.GetPerms _ -> new XsReply.Payload(node.permissions().encode());
        };
    }

    /** As many whole names as a message holds; an empty name ends the whole list. */
    private static XsReply directoryPart(final Node node, final int offset)
    {
        final byte[] listing = node.listing();

        if (offset >= listing.length)
        {
            return new XsReply.Part(node.generation(), new byte[1]);
        }

        final int room = XsWire.PAYLOAD_MAX - XsReply.Part.prefix(node.generation()).length - 1;
        int end = Math.min(offset + room, listing.length);

        while (end > offset && listing[end - 1] != 0)
        {
            end--;
        }

        return new XsReply.Part(
            node.generation(), Arrays.copyOfRange(listing, offset, end == listing.length ? end + 1 : end));
    }

    private Outcome write(
        final Caller caller, final Tree tree, final String path, final byte[] value, final long generation)
        throws XsException
    {
        final Node node = tree.find(path);
        final Errno refusal = refusal(caller, tree, path, node, Permission.WRITE);

        if (refusal == Errno.ENOENT)
        {
            return new Outcome(create(caller, tree, path, value, generation), XsReply.OK, path);
        }
        if (refusal != null)
        {
            throw XsException.of(refusal);
        }

        final Node written = node.withValue(shared.value(value), generation);
        checkNodeSize(caller, written.accountedLength());
        final Tree charged = tree.charge(node.permissions().owner(), 0, value.length - node.value().length);
        checkMemory(caller, tree, charged, node.permissions().owner());

        return new Outcome(charged.replace(path, written, generation), XsReply.OK, path);
    }

    private Outcome mkdir(final Caller caller, final Tree tree, final String path, final long generation)
        throws XsException
    {
        final Errno refusal = refusal(caller, tree, path, tree.find(path), Permission.WRITE);

        if (refusal == null)
        {
            return new Outcome(tree, XsReply.OK, null);
        }
        if (refusal != Errno.ENOENT)
        {
            throw XsException.of(refusal);
        }

        return new Outcome(create(caller, tree, path, new byte[0], generation), XsReply.OK, path);
    }

    /** Make a node and the missing ones above it, all with the permissions of the nearest that is there. */
    private Tree create(
        final Caller caller, final Tree tree, final String path, final byte[] value, final long generation)
        throws XsException
    {
        final String ancestor = tree.nearestAncestor(path);
        final Permissions permissions = tree.find(ancestor).permissions().inheritedBy(caller);
        final String[] names = path.substring(ancestor.length() == 1 ? 1 : ancestor.length() + 1).split("/");

        Node node = Node.create(shared.value(value), permissions, generation);
        final Node above = Node.createEmpty(permissions, generation);
        checkNodeSize(caller, node.accountedLength());
        final int limit = domains.limit(caller, Quota.NODES);

        if (limit > 0 && tree.account(caller.domid()).nodeCount() + names.length > limit)
        {
            throw refuse(caller, Quota.NODES, limit, Errno.ENOSPC);
        }

        final Tree charged = tree.charge(permissions.owner(), names.length,
            node.accountedLength() + (names.length - 1L) * above.accountedLength());
        checkMemory(caller, tree, charged, permissions.owner());

        for (int i = names.length - 1; i > 0; i--)
        {
            node = above.withChild(shared.name(names[i]), node, generation);
        }

        return charged.replace(XenstorePath.child(ancestor, names[0]), shared.name(names[0]), node, generation);
    }

    private Outcome rm(final Caller caller, final Tree tree, final String path, final long generation)
        throws XsException
    {
        final Node node = tree.find(path);
        final Errno refusal = refusal(caller, tree, path, node, Permission.WRITE);

        if (refusal == Errno.ENOENT && tree.find(XenstorePath.parent(path)) != null)
        {
            return new Outcome(tree, XsReply.OK, null);
        }
        if (refusal != null)
        {
            throw XsException.of(refusal);
        }
        if (path.equals(XenstorePath.ROOT))
        {
            throw XsException.of(Errno.EINVAL);
        }

        return new Outcome(remove(tree, path, node, generation), XsReply.OK, path);
    }

    /** @return the tree without the node and what is below it. */
    static Tree remove(final Tree tree, final String path, final Node node, final long generation)
    {
        return tree.discharge(node).replace(path, null, generation);
    }

    private Outcome setPerms(
        final Caller caller, final Tree tree, final String path, final List<Permission> asked, final long generation)
        throws XsException
    {
        final int limit = domains.limit(caller, Quota.NODE_PERMISSIONS);

        if (limit > 0 && asked.size() > limit)
        {
            throw refuse(caller, Quota.NODE_PERMISSIONS, limit, Errno.ENOSPC);
        }

        final Permissions permissions = permissions(caller, asked);
        final Node node = tree.find(path);
        final Errno refusal = refusal(caller, tree, path, node, Permission.WRITE | Permission.OWNER);

        if (refusal != null)
        {
            throw XsException.of(refusal);
        }

        final int oldOwner = node.permissions().owner();

        if (!caller.isPrivileged() && permissions.owner() != oldOwner)
        {
            throw XsException.of(Errno.EPERM);
        }

        final Node changed = node.withPermissions(permissions, generation);
        checkNodeSize(caller, changed.accountedLength());
        final Tree charged = XenstorePath.isSpecial(path) ? tree : tree
            .charge(oldOwner, -1, -node.accountedLength())
            .charge(permissions.owner(), 1, changed.accountedLength());
        checkMemory(caller, tree, charged, permissions.owner());

        return new Outcome(charged.replace(path, changed, generation), XsReply.OK, path);
    }

    private Permissions permissions(final Caller caller, final List<Permission> asked) throws XsException
    {
        final List<Permission> entries = new ArrayList<>(asked.size());

        for (final Permission entry : asked)
        {
            entries.add(domains.mayBeNamed(entry.domid(), caller) ? entry : entry.ignored());
        }

        if (entries.getFirst().isIgnored() || entries.getFirst().domid() > Permission.OWNER_MAX)
        {
            throw XsException.of(Errno.ENOENT);
        }

        return new Permissions(entries);
    }

    /**
     * Whether a caller may have a node. Where it may not, it does not learn either whether there is one: it is told
     * ENOENT only when it has one of the rights on the nearest node above.
     *
     * @param node   what is there, null for nothing.
     * @param rights all of them are needed.
     * @return null when it may, else ENOENT or EACCES.
     */
    private static Errno refusal(
        final Caller caller, final Tree tree, final String path, final Node node, final int rights)
    {
        if (node != null)
        {
            return node.permissions().allows(caller, rights) ? null : Errno.EACCES;
        }

        final Node ancestor = tree.find(tree.nearestAncestor(path));
        return (ancestor.permissions().rights(caller) & rights) != 0 ? Errno.ENOENT : Errno.EACCES;
    }

    private void checkNodeSize(final Caller caller, final int length) throws XsException
    {
        final int limit = domains.limit(caller, Quota.NODE_SIZE);

        if (limit > 0 && length > limit)
        {
            throw refuse(caller, Quota.NODE_SIZE, limit, Errno.ENOSPC);
        }
    }

    private void checkMemory(final Caller caller, final Tree before, final Tree after, final int owner)
        throws XsException
    {
        final long length = after.account(owner).length();

        if (caller.isPrivileged() || length <= before.account(owner).length())
        {
            return;
        }

        final int limit = domains.limit(owner, Quota.MEMORY);
        final int softLimit = domains.limit(owner, Quota.SOFT_MEMORY);

        if (limit > 0 && length > limit)
        {
            throw refuse(caller, Quota.MEMORY, limit, Errno.ENOMEM);
        }
        if (softLimit > 0 && length > softLimit)
        {
            log.refused(caller, Quota.SOFT_MEMORY, softLimit);
        }
    }

    private XsException refuse(final Caller caller, final Quota quota, final int limit, final Errno errno)
    {
        log.refused(caller, quota, limit);
        return XsException.of(errno);
    }
}
