package org.skerry.wire;

/**
 * State of one half of a split device, written in decimal under its {@code state} node.
 *
 * <p>Spec: io/xenbus.h, enum xenbus_state.
 */
public enum XenbusState
{
    /** The node is missing or holds no state. */
    UNKNOWN(0),
    /** The half exists and has not begun. */
    INITIALISING(1),
    /** The backend waits for the frontend's details. */
    INIT_WAIT(2),
    /** The frontend has published its details and waits for the backend. */
    INITIALISED(3),
    /** The half is ready for requests. */
    CONNECTED(4),
    /** The device is being unplugged, or its peer broke the protocol. */
    CLOSING(5),
    /** The half holds nothing of the device any more. */
    CLOSED(6),
    /** The backend changes the device under the frontend. */
    RECONFIGURING(7),
    /** The change is done. */
    RECONFIGURED(8);

    private static final XenbusState[] BY_CODE = values();

    private final int code;

    XenbusState(final int code)
    {
        this.code = code;
    }

    /** @return the number that stands in xenstore, 0 to 8. */
    public int code()
    {
        return code;
    }

    /**
     * Read what a peer wrote. Anything that is no state is {@link #UNKNOWN}: a peer's bytes never make us throw.
     *
     * @param text content of a state node, or null when the node does not exist.
     * @return the state.
     */
    public static XenbusState parse(final String text)
    {
        if (text == null || text.length() != 1 || text.charAt(0) < '0' || text.charAt(0) > '8')
        {
            return UNKNOWN;
        }

        return BY_CODE[text.charAt(0) - '0'];
    }
}
