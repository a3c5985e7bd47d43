package org.skerry.wire;

/**
 * What a grant table operation answers.
 *
 * <p>Spec: grant_table.h, GNTST_*.
 */
public final class GrantStatus
{
    /** Done. */
    public static final short OKAY = 0;
    /** Something that has no number of its own. */
    public static final short GENERAL_ERROR = -1;
    /** Unrecognised domain id. */
    public static final short BAD_DOMAIN = -2;
    /** Unrecognised or inappropriate grant reference. */
    public static final short BAD_GNTREF = -3;
    /** Unrecognised or inappropriate handle. */
    public static final short BAD_HANDLE = -4;
    /** Inappropriate virtual address to map. */
    public static final short BAD_VIRT_ADDR = -5;
    /** Inappropriate device address to unmap. */
    public static final short BAD_DEV_ADDR = -6;
    /** Out of space in the mapping table of devices. */
    public static final short NO_DEVICE_SPACE = -7;
    /** Not enough privilege for the operation. */
    public static final short PERMISSION_DENIED = -8;
    /** The page was invalid for the operation. */
    public static final short BAD_PAGE = -9;
    /** The copy crosses the end of a page. */
    public static final short BAD_COPY_ARG = -10;
    /** The page address is too large. */
    public static final short ADDRESS_TOO_BIG = -11;
    /** The operation is not done, and can be tried again. */
    public static final short EAGAIN = -12;
    /** No space: the map track table is full. */
    public static final short NO_SPACE = -13;

    private static final String[] NAMES = {
        "GNTST_okay", "GNTST_general_error", "GNTST_bad_domain", "GNTST_bad_gntref", "GNTST_bad_handle",
        "GNTST_bad_virt_addr", "GNTST_bad_dev_addr", "GNTST_no_device_space", "GNTST_permission_denied",
        "GNTST_bad_page", "GNTST_bad_copy_arg", "GNTST_address_too_big", "GNTST_eagain", "GNTST_no_space"};

    private GrantStatus()
    {
    }

    /**
     * @param status what an operation answered.
     * @return its name in Xen's header, or {@code GNTST N}.
     */
    public static String nameOf(final int status)
    {
        return status <= 0 && -status < NAMES.length ? NAMES[-status] : "GNTST " + status;
    }
}
