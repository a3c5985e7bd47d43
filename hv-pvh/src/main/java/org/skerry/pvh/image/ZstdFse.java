package org.skerry.pvh.image;

/**
 * A table of zstd's finite state entropy coding: each state has a symbol, and tells how many bits lead to the next one.
 * <p>Spec: RFC 8878, section 4.1.1.
 */
final class ZstdFse
{
    private static final int ACCURACY_LOG_MIN = 5;
    private static final int SYMBOLS_MAX = 256;

    private final short[] counts = new short[SYMBOLS_MAX];
    private final int[] next = new int[SYMBOLS_MAX];
    private final byte[] symbols;
    private final byte[] bitCounts;
    private final int[] baselines;
    private int accuracyLog;
    private boolean present;

    ZstdFse(final int accuracyLogMax)
    {
        symbols = new byte[1 << accuracyLogMax];
        bitCounts = new byte[1 << accuracyLogMax];
        baselines = new int[1 << accuracyLogMax];
    }

    void forget()
    {
        present = false;
    }

    boolean isPresent()
    {
        return present;
    }

    int accuracyLog()
    {
        return accuracyLog;
    }

    int symbol(final int state)
    {
        return symbols[state] & 0xff;
    }

    int nextState(final int state, final ZstdBits bits)
    {
        return baselines[state] + (int)bits.read(bitCounts[state]);
    }

    /** One symbol, always. */
    void single(final int symbol)
    {
        accuracyLog = 0;
        symbols[0] = (byte)symbol;
        bitCounts[0] = 0;
        baselines[0] = 0;
        present = true;
    }

    /** A table by its counts: how often each symbol is in it, -1 for less than once. */
    void build(final int log, final short[] symbolCounts, final int symbolCount)
    {
        final int size = 1 << log;
        int high = size - 1;
        for (int symbol = 0; symbol < symbolCount; symbol++)
        {
            next[symbol] = symbolCounts[symbol];
            if (symbolCounts[symbol] == -1)
            {
                symbols[high--] = (byte)symbol;
                next[symbol] = 1;
            }
        }

        final int step = (size >> 1) + (size >> 3) + 3;
        int state = 0;
        for (int symbol = 0; symbol < symbolCount; symbol++)
        {
            for (int i = 0; i < symbolCounts[symbol]; i++)
            {
                symbols[state] = (byte)symbol;
                do
                {
                    state = state + step & size - 1;
                }
                while (state > high);
            }
        }
        for (int i = 0; i < size; i++)
        {
            final int value = next[symbols[i] & 0xff]++;
            final int bitCount = log - (31 - Integer.numberOfLeadingZeros(value));
            bitCounts[i] = (byte)bitCount;
            baselines[i] = (value << bitCount) - size;
        }
        accuracyLog = log;
        present = true;
    }

    /**
     * Read a table's description, bits from the lowest up.
     *
     * @param bytes    the buffer, which goes on for some bytes.
     * @param from     where the description begins.
     * @param to       where the data ends.
     * @param logMax   the most that the accuracy may be.
     * @param symbolLimit one more than the highest symbol.
     * @return where the description ends.
     */
    int read(final byte[] bytes, final int from, final int to, final int logMax, final int symbolLimit)
    {
        final int log = (bytes[from] & 0xf) + ACCURACY_LOG_MIN;
        check(log <= logMax);
        long position = from * 8L + 4;
        int remaining = (1 << log) + 1;
        int threshold = 1 << log;
        int bitCount = log + 1;
        int symbol = 0;
        while (remaining > 1)
        {
            check(symbol < symbolLimit);
            final int max = 2 * threshold - 1 - remaining;
            final int value = bitsAt(bytes, position);
            int count = value & threshold - 1;
            if (count < max)
            {
                position += bitCount - 1;
            }
            else
            {
                count = value & 2 * threshold - 1;
                count -= count >= threshold ? max : 0;
                position += bitCount;
            }
            count--;
            remaining -= Math.abs(count);
            counts[symbol++] = (short)count;
            int zeros = count == 0 ? 3 : 0;
            while (zeros == 3)
            {
                zeros = bitsAt(bytes, position) & 3;
                position += 2;
                for (int i = 0; i < zeros; i++)
                {
                    check(symbol < symbolLimit);
                    counts[symbol++] = 0;
                }
            }
            while (remaining < threshold)
            {
                bitCount--;
                threshold >>= 1;
            }
        }
        final int end = (int)(position + 7 >>> 3);
        check(remaining == 1 && end <= to);
        build(log, counts, symbol);
        return end;
    }

    private static int bitsAt(final byte[] bytes, final long position)
    {
        final int index = (int)(position >>> 3);
        final int three =
            bytes[index] & 0xff | (bytes[index + 1] & 0xff) << 8 | (bytes[index + 2] & 0xff) << 16;
        return three >>> (position & 7);
    }

    private static void check(final boolean right)
    {
        if (!right)
        {
            throw new IllegalArgumentException("a zstd table that cannot be");
        }
    }
}
