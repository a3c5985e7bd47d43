package org.skerry.pvh;

import org.skerry.wire.Errno;

/**
 * console_io: what a guest writes goes to the console ring of the hypervisor; there is nothing to read.
 *
 * <p>Spec: xen.h, CONSOLEIO_*.
 */
final class ConsoleIo implements Hypercall
{
    private static final int CONSOLEIO_WRITE = 0;
    private static final int CONSOLEIO_READ = 1;

    private final KernelCalls kernel;

    ConsoleIo(final KernelCalls kernel)
    {
        this.kernel = kernel;
    }

    @Override
    public long call(final HypercallFrame frame)
    {
        return switch (frame.intArg(0))
        {
            case CONSOLEIO_WRITE -> frame.onLoop(() -> write(frame));
            case CONSOLEIO_READ -> 0;
            default -> Errno.ENOSYS.negative();
        };
    }

    private long write(final HypercallFrame frame)
    {
        final int length = (int)Math.min(Integer.toUnsignedLong(frame.intArg(1)), HypercallFrame.BUFFER_LENGTH);
        if (!frame.read(frame.arg(2), length))
        {
            return Errno.EFAULT.negative();
        }
        kernel.consoleWrite(frame.buffer, length);

        return 0;
    }
}
