package org.skerry.wire;

/**
 * Numbers of the network ring protocol, under the names of the header they come from.
 *
 * <p>Spec: io/netif.h.
 */
public final class Netif
{
    /** The transport checksum is blank: only the pseudo header is summed up in it, the backend completes it. */
    public static final int NETTXF_CSUM_BLANK = 1;
    /** The sender vouches for the transport checksum. */
    public static final int NETTXF_DATA_VALIDATED = 1 << 1;
    /** The frame goes on in the next request. */
    public static final int NETTXF_MORE_DATA = 1 << 2;
    /** An extra info stands in the next slot. Only the first request of a frame may say so. */
    public static final int NETTXF_EXTRA_INFO = 1 << 3;

    /** The backend vouches for the transport checksum. Note that tx has this bit elsewhere. */
    public static final int NETRXF_DATA_VALIDATED = 1;
    /** The transport checksum is blank. Note that tx has this bit elsewhere. */
    public static final int NETRXF_CSUM_BLANK = 1 << 1;
    /** The frame goes on in the next response. */
    public static final int NETRXF_MORE_DATA = 1 << 2;
    /** An extra info stands in the next slot. */
    public static final int NETRXF_EXTRA_INFO = 1 << 3;
    /** An old way to announce a large frame, which we neither send nor ask for. */
    public static final int NETRXF_GSO_PREFIX = 1 << 4;

    /** The frame was taken. */
    public static final int NETIF_RSP_OKAY = 0;
    /** The request was wrong. */
    public static final int NETIF_RSP_ERROR = -1;
    /** The request was right, the frame was dropped nevertheless. */
    public static final int NETIF_RSP_DROPPED = -2;
    /** Answer to a slot that held an extra info. */
    public static final int NETIF_RSP_NULL = 1;

    /** Never on the wire. */
    public static final int XEN_NETIF_EXTRA_TYPE_NONE = 0;
    /** {@code NetifExtraGso}. */
    public static final int XEN_NETIF_EXTRA_TYPE_GSO = 1;
    /** {@code NetifExtraMcast}: the guest wants frames for this group. */
    public static final int XEN_NETIF_EXTRA_TYPE_MCAST_ADD = 2;
    /** {@code NetifExtraMcast}: the guest wants no more frames for this group. */
    public static final int XEN_NETIF_EXTRA_TYPE_MCAST_DEL = 3;
    /** {@code NetifExtraHash}. */
    public static final int XEN_NETIF_EXTRA_TYPE_HASH = 4;
    /** First number without a meaning. */
    public static final int XEN_NETIF_EXTRA_TYPE_MAX = 5;
    /** Another extra info stands in the next slot. */
    public static final int XEN_NETIF_EXTRA_FLAG_MORE = 1;

    /** Not to be cut. */
    public static final int XEN_NETIF_GSO_TYPE_NONE = 0;
    /** TCP over IPv4. */
    public static final int XEN_NETIF_GSO_TYPE_TCPV4 = 1;
    /** TCP over IPv6. */
    public static final int XEN_NETIF_GSO_TYPE_TCPV6 = 2;

    /** Requests of one frame that every backend must take. */
    public static final int XEN_NETIF_NR_SLOTS_MIN = 18;
    /** Largest frame in bytes that the size field of a tx request can say. */
    public static final int XEN_NETIF_MAX_TX_SIZE = 0xFFFF;

    /** Bytes of a slot of the tx ring: the larger of request and response. */
    public static final int TX_SLOT_LENGTH = 12;
    /** Bytes of a slot of the rx ring. */
    public static final int RX_SLOT_LENGTH = 8;

    private Netif()
    {
    }
}
