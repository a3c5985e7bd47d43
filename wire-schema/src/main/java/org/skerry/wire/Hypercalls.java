package org.skerry.wire;

/**
 * Numbers of the hypercall interface that stand beside the schema.
 */
public final class Hypercalls
{
    /** What {@code Attach} says and the hypervisor expects. */
    public static final int ABI_VERSION = 1;

    /** What {@code XenVersion} answers. */
    public static final int VERSION_MAJOR = 0;

    /** What {@code XenVersion} answers. */
    public static final int VERSION_MINOR = 1;

    /** Bytes of text in one {@code ConsoleIoWrite}. */
    public static final int CONSOLE_TEXT_LENGTH = 48;

    /** The file descriptor on which every domain finds its connection. */
    public static final int CONNECTION_FD = 3;

    /** Bytes of one slot of the hypercall ring. */
    public static final int SLOT_LENGTH = 64;

    /** Bytes of the file that holds the hypercall ring: 256 slots with the ring's header before them. */
    public static final int RING_FILE_LENGTH = 8 * 4096;

    /** Bytes of the longest message on a connection. */
    public static final int MAX_MESSAGE_LENGTH = 40 * 1024;

    /** Bytes of a page. */
    public static final int PAGE_SIZE = 4096;

    /** A frame number shifted left by this is its offset in bytes. */
    public static final int PAGE_SHIFT = 12;

    /**
     * Most frames that one request moves, populates or gives back, some milliseconds of copying; and most that a
     * read-only window shows.
     */
    public static final int MAX_WINDOW_BATCH = 1024;

    /** Beside the place that a map answers: the page is in a window that the caller has not opened yet. */
    public static final long WINDOW_IS_NEW = 1L << 32;

    /** Beside the place that a map answers: it is one in the granter's read-only window. */
    public static final long WINDOW_IS_READ_ONLY = 1L << 33;

    /** Spec: grant_table.h, GNTMAP_readonly. */
    public static final int GNTMAP_READONLY = 1 << 2;

    /** Spec: grant_table.h, GNTCOPY_source_gref. */
    public static final int GNTCOPY_SOURCE_GREF = 1;

    /** Spec: grant_table.h, GNTCOPY_dest_gref. */
    public static final int GNTCOPY_DEST_GREF = 1 << 1;

    /** The slot's {@code shutdownReason} of a domain that runs. */
    public static final int STILL_RUNNING = 255;

    /** Spec: event_channel.h, EVTCHNSTAT_closed. */
    public static final int EVTCHNSTAT_CLOSED = 0;

    /** Spec: event_channel.h, EVTCHNSTAT_unbound. */
    public static final int EVTCHNSTAT_UNBOUND = 1;

    /** Spec: event_channel.h, EVTCHNSTAT_interdomain. */
    public static final int EVTCHNSTAT_INTERDOMAIN = 2;

    /** Spec: event_channel.h, EVTCHNSTAT_virq. */
    public static final int EVTCHNSTAT_VIRQ = 4;

    /** Spec: event_channel.h, EVTCHNSTAT_IPI. */
    public static final int EVTCHNSTAT_IPI = 5;

    private Hypercalls()
    {
    }
}
