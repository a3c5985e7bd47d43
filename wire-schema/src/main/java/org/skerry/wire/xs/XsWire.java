package org.skerry.wire.xs;

import org.skerry.wire.xswire.XenstoreDomainInterfaceDecoder;
import org.skerry.wire.xswire.XsdSockmsgDecoder;

/**
 * Limits and numbers of the xenstore wire that stand beside the schema.
 *
 * <p>Spec: io/xs_wire.h.
 */
public final class XsWire
{
    /** Bytes of the header of a message. */
    public static final int HEADER_LENGTH = XsdSockmsgDecoder.BLOCK_LENGTH;

    /** Most bytes of payload, in both directions. Spec: XENSTORE_PAYLOAD_MAX. */
    public static final int PAYLOAD_MAX = 4096;

    /** Bytes of the longest message. */
    public static final int MESSAGE_MAX = HEADER_LENGTH + PAYLOAD_MAX;

    /** Bytes of each of the two rings in the page. Spec: XENSTORE_RING_SIZE. */
    public static final int RING_SIZE = XenstoreDomainInterfaceDecoder.reqLength();

    /** Content of {@code connection} in normal service. */
    public static final int CONNECTED = 0;

    /** Content of {@code connection} while the client waits for a fresh start. */
    public static final int RECONNECT = 1;

    /** Feature: a client may ask for a fresh start through {@code connection}. */
    public static final int FEATURE_RECONNECTION = 1;

    /** Feature: {@code error} says why the server stopped serving. */
    public static final int FEATURE_ERROR = 1 << 1;

    /** Feature: WATCH takes a depth. */
    public static final int FEATURE_WATCH_DEPTH = 1 << 2;

    /** Feature: permissions may name {@link org.skerry.wire.Domid#DOMID_ANY}. */
    public static final int FEATURE_DOMID_ANY = 1 << 3;

    /** Content of {@code error}: all is well. */
    public static final int ERROR_NONE = 0;

    /** Content of {@code error}: the event channel does not work. */
    public static final int ERROR_COMM = 1;

    /** Content of {@code error}: producer and consumer are further apart than the ring is long. */
    public static final int ERROR_RING_INDEX = 2;

    /** Content of {@code error}: a message longer than allowed. */
    public static final int ERROR_PROTOCOL = 3;

    private XsWire()
    {
    }
}
