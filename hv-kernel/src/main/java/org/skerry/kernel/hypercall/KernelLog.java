package org.skerry.kernel.hypercall;

/**
 * The console ring of the hypervisor: its newest messages, for {@code xl dmesg}. Each also goes to standard error.
 */
public final class KernelLog
{
    private static final int CAPACITY = 16 * 1024;
    private static final String PREFIX = "(XEN) ";

    private final StringBuilder text = new StringBuilder();

    /**
     * @param message one line; a peer's bytes only after they were checked to be printable.
     */
    public void log(final String message)
    {
        System.err.println(PREFIX + message);
        text.append(PREFIX).append(message).append('\n');
        if (text.length() > CAPACITY)
        {
            final int lineEnd = text.indexOf("\n", text.length() - CAPACITY);
            text.delete(0, lineEnd + 1);
        }
    }

    /**
     * @param clear whether to forget what is read.
     * @return the messages, oldest first.
     */
    public String read(final boolean clear)
    {
        final String messages = text.toString();
        if (clear)
        {
            text.setLength(0);
        }

        return messages;
    }
}
