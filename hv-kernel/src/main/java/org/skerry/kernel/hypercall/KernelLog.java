package org.skerry.kernel.hypercall;

/**
 * The console ring of the hypervisor: its newest messages, for {@code xl dmesg}. Each also goes to standard error.
 * What is not printable ASCII, and so whatever a domain says to fool a terminal or a reader, stands there as a dot.
 */
public final class KernelLog
{
    static final int MAX_LINE_LENGTH = 240;

    private static final int CAPACITY = 32_000;             // bytes, for a ConsoleRing message

    private final StringBuilder text = new StringBuilder();
    private Runnable onText = () -> {};

    /**
     * @param listener hears that there is something to read: VIRQ_CON_RING.
     */
    public void onText(final Runnable listener)
    {
        onText = listener;
    }

    /** The hypervisor itself says something: one line. */
    public void log(final String message)
    {
        append("(XEN) ", message);
    }

    /** A domain says something: one line. */
    void log(final int domid, final CharSequence message)
    {
        append("(d" + domid + ") ", message);
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

    private void append(final String prefix, final CharSequence message)
    {
        final int start = text.length();
        text.append(prefix).append(message, 0, Math.min(message.length(), MAX_LINE_LENGTH));
        for (int i = start; i < text.length(); i++)
        {
            if (text.charAt(i) < ' ' || text.charAt(i) > '~')
            {
                text.setCharAt(i, '.');
            }
        }
        System.err.println(text.substring(start));
        text.append('\n');
        if (text.length() > CAPACITY)
        {
            text.delete(0, text.indexOf("\n", text.length() - CAPACITY) + 1);
        }
        onText.run();
    }
}
