package org.skerry.pvh;

import java.nio.charset.StandardCharsets;

import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;

/**
 * xen_version: to a guest this is a Xen.
 *
 * <p>Spec: version.h, XENVER_*; features.h.
 */
final class XenVersionOp implements Hypercall
{
    /** The Xen whose interface a Linux guest finds here: major in bits 31 to 16, minor below. */
    static final int VERSION = 4 << 16 | 17;

    private static final int XENVER_VERSION = 0;
    private static final int XENVER_EXTRAVERSION = 1;
    private static final int XENVER_COMPILE_INFO = 2;
    private static final int XENVER_CAPABILITIES = 3;
    private static final int XENVER_CHANGESET = 4;
    private static final int XENVER_PLATFORM_PARAMETERS = 5;
    private static final int XENVER_GET_FEATURES = 6;
    private static final int XENVER_PAGESIZE = 7;
    private static final int XENVER_GUEST_HANDLE = 8;
    private static final int XENVER_COMMANDLINE = 9;

    private static final int EXTRAVERSION_LENGTH = 16;
    private static final int COMPILE_INFO_LENGTH = 144;
    private static final int TEXT_LENGTH = 1024;
    private static final int CHANGESET_LENGTH = 64;
    private static final int HANDLE_LENGTH = 16;
    private static final int FEATURES_LENGTH = 8;

    /** writable_page_tables, auto_translated_physmap, supervisor_mode_kernel's place left empty, the rest by number. */
    private static final int FEATURES = 1 | 1 << 2 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 15;

    private final Domid domid;

    XenVersionOp(final Domid domid)
    {
        this.domid = domid;
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case XENVER_VERSION -> VERSION;
            case XENVER_EXTRAVERSION -> text(frame, ".0-skerry", EXTRAVERSION_LENGTH);
            case XENVER_COMPILE_INFO -> text(frame, "javac", COMPILE_INFO_LENGTH);
            case XENVER_CAPABILITIES -> text(frame, "xen-3.0-x86_64 hvm-3.0-x86_64", TEXT_LENGTH);
            case XENVER_CHANGESET -> text(frame, "", CHANGESET_LENGTH);
            case XENVER_COMMANDLINE -> text(frame, "", TEXT_LENGTH);
            case XENVER_PLATFORM_PARAMETERS -> text(frame, "", Long.BYTES);
            case XENVER_GET_FEATURES -> features(frame);
            case XENVER_PAGESIZE -> Hypercalls.PAGE_SIZE;
            case XENVER_GUEST_HANDLE -> handle(frame);
            default -> Errno.ENOSYS.negative();
        };
    }

    private static long features(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), FEATURES_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        frame.buffer.putInt(Integer.BYTES, frame.buffer.getInt(0) == 0 ? FEATURES : 0);

        return frame.write(frame.arg(1), FEATURES_LENGTH) ? 0 : Errno.EFAULT.negative();
    }

    private long handle(final HypercallFrame frame)
    {
        frame.buffer.setMemory(0, HANDLE_LENGTH, (byte)0);
        frame.buffer.putInt(0, domid.value());

        return frame.write(frame.arg(1), HANDLE_LENGTH) ? 0 : Errno.EFAULT.negative();
    }

    private static long text(final HypercallFrame frame, final String text, final int length)
    {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        frame.buffer.setMemory(0, length, (byte)0);
        frame.buffer.putBytes(0, bytes);

        return frame.write(frame.arg(1), length) ? 0 : Errno.EFAULT.negative();
    }
}
