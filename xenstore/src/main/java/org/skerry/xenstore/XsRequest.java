package org.skerry.xenstore;

import java.util.List;

/**
 * A request after its payload was taken apart and its path resolved. What it asks for may still be refused.
 *
 * <p>Spec: docs/misc/xenstore.txt.
 */
sealed interface XsRequest
{
    /** A request that reads or changes nodes, inside a transaction or outside. */
    sealed interface OnTree extends XsRequest
    {
        String path();
    }

    /** It changes nothing. */
    sealed interface Reading extends OnTree
    {
    }

    /** It may change something. */
    sealed interface Writing extends OnTree
    {
    }

    record Read(String path) implements Reading
    {
    }

    record Directory(String path) implements Reading
    {
    }

    /** @param offset in the list of names, in bytes. */
    record DirectoryPart(String path, int offset) implements Reading
    {
    }

    record GetPerms(String path) implements Reading
    {
    }

    record Write(String path, byte[] value) implements Writing
    {
    }

    record Mkdir(String path) implements Writing
    {
    }

    record Rm(String path) implements Writing
    {
    }

    record SetPerms(String path, List<Permission> entries) implements Writing
    {
    }

    /**
     * @param prefixLength bytes to leave out in front of the paths of its events, for a relative watch.
     * @param depth        levels below the path that count, {@link org.skerry.xenstore.Watch#ANY_DEPTH} for all.
     */
    record AddWatch(String path, String token, int prefixLength, int depth) implements XsRequest
    {
    }

    record Unwatch(String path, String token) implements XsRequest
    {
    }

    record ResetWatches() implements XsRequest
    {
    }

    record TransactionStart() implements XsRequest
    {
    }

    record TransactionEnd(boolean isCommit) implements XsRequest
    {
    }

    record Introduce(int domid, int port) implements XsRequest
    {
    }

    record Release(int domid) implements XsRequest
    {
    }

    record Resume(int domid) implements XsRequest
    {
    }

    record SetTarget(int domid, int target) implements XsRequest
    {
    }

    record GetDomainPath(int domid) implements XsRequest
    {
    }

    record IsDomainIntroduced(int domid) implements XsRequest
    {
    }

    /** @param domid -1: the caller. */
    record GetFeature(int domid) implements XsRequest
    {
    }

    record SetFeature(int domid, int features) implements XsRequest
    {
    }

    /**
     * @param domid -1: what new domains get.
     * @param name  null: the names of all.
     */
    record GetQuota(int domid, String name) implements XsRequest
    {
    }

    /** @param domid -1: what new domains get. */
    record SetQuota(int domid, String name, int value) implements XsRequest
    {
    }

    record Control(String command, List<String> parameters) implements XsRequest
    {
    }
}
