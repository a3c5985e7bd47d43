package org.skerry.pvh;

import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.GrantStatus;

/**
 * grant_table_op of a guest that grants and never maps: the size of its table, version 1.
 *
 * <p>Spec: grant_table.h, GNTTABOP_*.
 */
final class GrantTableOp implements Hypercall
{
    private static final int GNTTABOP_QUERY_SIZE = 6;
    private static final int GNTTABOP_SET_VERSION = 8;
    private static final int GNTTABOP_GET_VERSION = 10;

    private static final int QUERY_SIZE_LENGTH = 16;
    private static final int NR_FRAMES_OFFSET = 4;
    private static final int MAX_NR_FRAMES_OFFSET = 8;
    private static final int STATUS_OFFSET = 12;
    private static final int GET_VERSION_LENGTH = 8;
    private static final int VERSION = 1;
    private static final int MAX_COUNT = 64;

    private final int frameCount;

    GrantTableOp(final int frameCount)
    {
        this.frameCount = frameCount;
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case GNTTABOP_QUERY_SIZE -> querySize(frame);
            case GNTTABOP_SET_VERSION -> setVersion(frame);
            case GNTTABOP_GET_VERSION -> getVersion(frame);
            default -> Errno.ENOSYS.negative();
        };
    }

    private long querySize(final HypercallFrame frame)
    {
        final int count = frame.intArg(2);
        if (count < 0 || count > MAX_COUNT)
        {
            return Errno.EINVAL.negative();
        }
        for (int i = 0; i < count; i++)
        {
            final long pointer = frame.arg(1) + (long)i * QUERY_SIZE_LENGTH;
            if (!frame.read(pointer, QUERY_SIZE_LENGTH))
            {
                return Errno.EFAULT.negative();
            }
            final boolean isOurs = (frame.buffer.getShort(0) & 0xFFFF) == Domid.DOMID_SELF;
            frame.buffer.putInt(NR_FRAMES_OFFSET, isOurs ? frameCount : 0);
            frame.buffer.putInt(MAX_NR_FRAMES_OFFSET, isOurs ? frameCount : 0);
            frame.buffer.putShort(
                STATUS_OFFSET, isOurs ? GrantStatus.OKAY : GrantStatus.PERMISSION_DENIED);
            if (!frame.write(pointer, QUERY_SIZE_LENGTH))
            {
                return Errno.EFAULT.negative();
            }
        }

        return 0;
    }

    private static long setVersion(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), Integer.BYTES))
        {
            return Errno.EFAULT.negative();
        }

        return frame.buffer.getInt(0) == VERSION ? 0 : Errno.ENOSYS.negative();
    }

    private static long getVersion(final HypercallFrame frame)
    {
        if (!frame.read(frame.arg(1), GET_VERSION_LENGTH))
        {
            return Errno.EFAULT.negative();
        }
        frame.buffer.putInt(Integer.BYTES, VERSION);

        return frame.write(frame.arg(1), GET_VERSION_LENGTH) ? 0 : Errno.EFAULT.negative();
    }
}
