package org.skerry.xenstore;

/**
 * What stands in the memory of a store that outlives its process: one step each, from a state to the next. The byte
 * before a record is its ordinal; kinds are appended, never moved. A connection is known by its number: that of the
 * domain for a ring, {@link #FIRST_SOCKET} and above for a socket. Little-endian; a text is its length (u16) and its
 * bytes; bytes are their length (u32) and themselves.
 */
enum StateRecord
{
    /** A node is: path text, generation u64, value bytes, permissions (u16 count, of each u16 domid and u8 rights). */
    NODE,
    /** A node is no more, with all below it: path text, generation u64. */
    GONE,
    /** A watch is registered: connection u32, path text, token text, prefix length u32, depth i32. */
    WATCH,
    /** A watch is no more: connection u32, path text, token text. */
    UNWATCH,
    /** All watches and transactions of a connection are no more: connection u32. */
    RESET,
    /** A transaction is open, and what it did is not known: connection u32, id u32. */
    TRANSACTION,
    /** A transaction has ended: connection u32, id u32. */
    TRANSACTION_END,
    /** A domain is known: domid u32, features u32, u16 count of limits, each i32 in the order of the quotas. */
    DOMAIN,
    /** A domain is not known any more: domid u32. */
    RELEASED,
    /** A domain is served on its ring: domid u32, port u32, response producer u32, request consumer u32. */
    RING,
    /** A domain has the rights of another: domid u32, target i32. */
    TARGET,
    /** What new domains get: u16 count of limits, each i32. */
    LIMITS,
    /** A client is connected to the socket: connection u32. */
    CONNECTED,
    /** It is not any more: connection u32. */
    DISCONNECTED,
    /** What was received and not served yet, all of it: connection u32, bytes. */
    INPUT,
    /** Bytes were taken out of a ring: connection u32, count u32. */
    TAKEN,
    /** A reply, or part of one, waits to be sent: connection u32, bytes. It ends {@link #HELD}. */
    REPLY,
    /** An event waits to be sent: connection u32, path text as its client reads it, token text. */
    EVENT,
    /** Bytes of what waited were sent: connection u32, count u32. */
    SENT,
    /** A reply waits for events to be told before it: connection u32, bytes. */
    HELD,
    /** What was received and what waited is dropped: connection u32. */
    BYTES_DROPPED,
    /** A ring is not served until it begins anew: connection u32. */
    BROKEN,
    /** Whether there are commits of which not all is told yet: u8. */
    TELLING,
    /** Number of the last change: u64. */
    GENERATION,
    /** How often something happened to a domain, or to all together: domid i32, what u32, how often u64. */
    COUNTED,
    /** A transaction is open, and has done nothing yet: connection u32, id u32. */
    TRANSACTION_BEGUN,
    /**
     * What a transaction did next: connection u32, id u32, operation u8, payload bytes, u8 whether it was refused,
     * payload of the reply bytes.
     */
    TRANSACTION_STEP,
    /** A node came with all below it: path text, count of nodes u32, the nodes as {@link TreeWriter} writes them. */
    SUBTREE;

    /** The connections from here on are sockets. */
    static final int FIRST_SOCKET = 0x1_0000;

    /** Set in the rights of a permission that is ignored. */
    static final int IGNORED = 0x80;

    private static final StateRecord[] ALL = values();

    /** @return the kind, null when there is none of that number. */
    static StateRecord of(final int ordinal)
    {
        return ordinal >= 0 && ordinal < ALL.length ? ALL[ordinal] : null;
    }
}
