package org.skerry.pvh.image;

/**
 * A Huffman table of zstd's literals, described by the weight of each byte value.
 * <p>Spec: RFC 8878, section 4.2.
 */
final class ZstdHuffman
{
    private static final int BITS_MAX = 11;
    private static final int WEIGHTS_ACCURACY_MAX = 6;
    private static final int WEIGHTS_MAX = 255;

    private final byte[] symbols = new byte[1 << BITS_MAX];
    private final byte[] lengths = new byte[1 << BITS_MAX];
    private final byte[] weights = new byte[WEIGHTS_MAX + 1];
    private final ZstdFse weightTable = new ZstdFse(WEIGHTS_ACCURACY_MAX);
    private final ZstdBits bits = new ZstdBits();
    private int bitCount;

    void forget()
    {
        bitCount = 0;
    }

    /** @return where the description ends that begins at from. */
    int read(final byte[] bytes, final int from, final int to)
    {
        final int header = bytes[from] & 0xff;
        final int end;
        final int count;
        if (header < 128)
        {
            end = from + 1 + header;
            check(end <= to);
            count = readCompressedWeights(bytes, from + 1, end);
        }
        else
        {
            count = header - 127;
            end = from + 1 + (count + 1) / 2;
            check(end <= to);
            for (int i = 0; i < count; i++)
            {
                weights[i] = (byte)(bytes[from + 1 + i / 2] >> ((i & 1) == 0 ? 4 : 0) & 0xf);
            }
        }
        build(count);
        return end;
    }

    /** Decode exactly as many literals as there shall be from one stream. */
    void decode(
        final byte[] bytes, final int from, final int to, final byte[] literals, final int offset, final int length)
    {
        check(bitCount != 0);
        bits.wrap(bytes, from, to);
        for (int i = offset; i < offset + length; i++)
        {
            final int code = (int)bits.peek(bitCount);
            literals[i] = symbols[code];
            bits.skip(lengths[code]);
        }
        check(bits.isAtBeginning());
    }

    private int readCompressedWeights(final byte[] bytes, final int from, final int to)
    {
        final int stream = weightTable.read(bytes, from, to, WEIGHTS_ACCURACY_MAX, 16);
        bits.wrap(bytes, stream, to);
        int one = (int)bits.read(weightTable.accuracyLog());
        int two = (int)bits.read(weightTable.accuracyLog());
        check(!bits.isOver());
        int count = 0;
        while (true)
        {
            check(count < WEIGHTS_MAX - 1);
            weights[count++] = (byte)weightTable.symbol(one);
            one = weightTable.nextState(one, bits);
            if (bits.isOver())
            {
                weights[count++] = (byte)weightTable.symbol(two);
                return count;
            }
            final int swapped = one;                       // the two states take turns
            one = two;
            two = swapped;
        }
    }

    /** The weight of the last symbol is not written: it is what makes the sum a power of two. */
    private void build(final int count)
    {
        int sum = 0;
        for (int i = 0; i < count; i++)
        {
            check(weights[i] <= BITS_MAX);
            sum += 1 << weights[i] >> 1;
        }
        check(sum > 0);
        final int log = 32 - Integer.numberOfLeadingZeros(sum);
        final int left = (1 << log) - sum;
        check(log <= BITS_MAX && Integer.bitCount(left) == 1);
        weights[count] = (byte)(32 - Integer.numberOfLeadingZeros(left));

        int state = 0;
        for (int weight = 1; weight <= log; weight++)
        {
            for (int symbol = 0; symbol <= count; symbol++)
            {
                if (weights[symbol] == weight)
                {
                    for (int i = 0; i < 1 << weight - 1; i++)
                    {
                        symbols[state] = (byte)symbol;
                        lengths[state++] = (byte)(log + 1 - weight);
                    }
                }
            }
        }
        bitCount = log;
    }

    private static void check(final boolean right)
    {
        if (!right)
        {
            throw new IllegalArgumentException("a zstd Huffman stream that cannot be");
        }
    }
}
