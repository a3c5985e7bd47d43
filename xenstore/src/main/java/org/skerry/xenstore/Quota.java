package org.skerry.xenstore;

/**
 * Limits of what a guest may have of the store. Privileged callers have none. A value of 0 is no limit. Names and
 * defaults are C's.
 */
enum Quota
{
    /** Nodes that a domain owns. */
    NODES("nodes", 1000, "Nodes per domain"),
    /** Watches of a connection. */
    WATCHES("watches", 128, "Watches per domain"),
    /** Replies that the domain has not taken out of its ring; at the limit its requests wait. */
    OUTSTANDING("outstanding", 20, "Outstanding requests per domain"),
    /** Bytes of nodes that a domain owns. */
    MEMORY("memory", 2_621_440, "Total Xenstore memory per domain"),
    /** Bytes from which on the log warns. */
    SOFT_MEMORY("soft-memory", 2_097_152, "Total Xenstore memory per domain"),
    /** Open transactions of a connection. */
    TRANSACTIONS("transactions", 10, "Active transactions per domain"),
    /** Nodes that one transaction touches. */
    TRANSACTION_NODES("transaction-nodes", 1024, "Max. number of accessed nodes per transaction"),
    /** Entries in the permissions of a node. */
    NODE_PERMISSIONS("node-permissions", 5, "Max. number of permissions per node"),
    /** Bytes of a path beyond {@code /local/domain/N/}. */
    PATH_MAX("path-max", 2048, "Max. length of a node path"),
    /** Bytes of value and permissions of a node. The names of its children do not count, as they do in C. */
    NODE_SIZE("node-size", 2048, "Max. size of a node");

    private static final String SOFT_PREFIX = "soft-";

    private final String text;
    private final int initial;
    private final String description;

    Quota(final String text, final int initial, final String description)
    {
        this.text = text;
        this.initial = initial;
        this.description = description;
    }

    /** @return its name on the wire. */
    String text()
    {
        return text;
    }

    /** @return its name without what marks it as soft. */
    String plainText()
    {
        return isSoft() ? text.substring(SOFT_PREFIX.length()) : text;
    }

    boolean isSoft()
    {
        return this == SOFT_MEMORY;
    }

    int initial()
    {
        return initial;
    }

    String description()
    {
        return description;
    }

    /** @return the quota of that name, or null. */
    static Quota ofText(final String text)
    {
        for (final Quota quota : values())
        {
            if (quota.text.equals(text))
            {
                return quota;
            }
        }

        return null;
    }
}
