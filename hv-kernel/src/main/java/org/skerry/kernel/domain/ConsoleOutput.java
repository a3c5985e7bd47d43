package org.skerry.kernel.domain;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a domain says to the console ring of the hypervisor: it becomes lines, and no more of them than others can bear.
 *
 * <p>Spec: xen.h, CONSOLEIO_write.
 */
public final class ConsoleOutput
{
    static final int BURST = 4096;                          // bytes
    static final int BYTES_PER_S = 1024;

    private static final int LINE_PRICE = 16;
    private static final int MAX_LINE_LENGTH = 120;

    private final StringBuilder line = new StringBuilder();
    private long budget = BURST;
    private long refilledNs;

    /**
     * @param bytes  a private copy.
     * @param onLine gets whole lines.
     * @return bytes taken, fewer than there are when the domain says too much.
     */
    public int write(final byte[] bytes, final int length, final long nowNs, final Consumer<CharSequence> onLine)
    {
        final long earned = TimeUnit.NANOSECONDS.toMillis(nowNs - refilledNs) * BYTES_PER_S / 1000;
        if (earned > 0)
        {
            budget = Math.min(BURST, budget + earned);
            refilledNs = nowNs;
        }

        int taken = 0;
        while (taken < length && budget > 0)
        {
            final char c = (char)(bytes[taken++] & 0xFF);
            budget--;
            if (c != '\n')
            {
                line.append(c);
            }
            if (c == '\n' || line.length() == MAX_LINE_LENGTH)
            {
                budget -= LINE_PRICE;
                onLine.accept(line);
                line.setLength(0);
            }
        }

        return taken;
    }
}
