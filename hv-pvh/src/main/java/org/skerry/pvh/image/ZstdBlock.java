package org.skerry.pvh.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A compressed block of zstd: literals, and the sequences that lay them out between copies of what was there before.
 * <p>Spec: RFC 8878, section 3.1.1.3.
 */
final class ZstdBlock
{
    private static final int LENGTH_MAX = 128 * 1024;
    private static final int LITERALS_RAW = 0;
    private static final int LITERALS_RLE = 1;
    private static final int LITERALS_TREELESS = 3;
    private static final int OFFSET_CODE_MAX = 31;

    private static final int[] LITERAL_LENGTHS = {
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512,
        1024, 2048, 4096, 8192, 16384, 32768, 65536};
    private static final int[] LITERAL_LENGTH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        16};
    private static final int[] MATCH_LENGTHS = {
        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771,
        65539};
    private static final int[] MATCH_LENGTH_BITS = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2,
        2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    private static final short[] LITERAL_LENGTH_COUNTS = {
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
    private static final short[] MATCH_LENGTH_COUNTS = {
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};
    private static final short[] OFFSET_COUNTS = {
        1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};

    private final MemorySegment out;
    private final byte[] bytes = new byte[LENGTH_MAX + ZstdBits.PADDING];
    private final byte[] literals = new byte[LENGTH_MAX];
    private final ZstdHuffman huffman = new ZstdHuffman();
    private final ZstdFse literalLengths = new ZstdFse(9);
    private final ZstdFse offsets = new ZstdFse(8);
    private final ZstdFse matchLengths = new ZstdFse(9);
    private final ZstdBits bits = new ZstdBits();
    private final long[] recent = new long[3];
    private long frameStart;
    private int literalCount;

    ZstdBlock(final MemorySegment out)
    {
        this.out = out;
    }

    void startFrame(final long start)
    {
        frameStart = start;
        huffman.forget();
        literalLengths.forget();
        offsets.forget();
        matchLengths.forget();
        recent[0] = 1;
        recent[1] = 4;
        recent[2] = 8;
    }

    /** @return where the unpacked data ends that begins at outOffset. */
    long decode(final MemorySegment in, final long inOffset, final int length, final long outOffset)
    {
        check(length <= LENGTH_MAX);
        MemorySegment.copy(in, JAVA_BYTE, inOffset, bytes, 0, length);
        int at = readLiterals(length);
        int count = bytes[at++] & 0xff;
        if (count == 0)
        {
            check(at == length);
            return copyLiterals(0, literalCount, outOffset);
        }
        if (count == 255)
        {
            count = 0x7f00 + (bytes[at] & 0xff) + ((bytes[at + 1] & 0xff) << 8);
            at += 2;
        }
        else if (count >= 128)
        {
            count = (count - 128 << 8) + (bytes[at++] & 0xff);
        }
        final int modes = bytes[at++] & 0xff;
        check((modes & 3) == 0);
        at = readTable(literalLengths, modes >> 6, at, length, 9, LITERAL_LENGTHS.length, LITERAL_LENGTH_COUNTS, 6);
        at = readTable(offsets, modes >> 4 & 3, at, length, 8, OFFSET_CODE_MAX + 1, OFFSET_COUNTS, 5);
        at = readTable(matchLengths, modes >> 2 & 3, at, length, 9, MATCH_LENGTHS.length, MATCH_LENGTH_COUNTS, 6);
        bits.wrap(bytes, at, length);
        return sequences(count, outOffset);
    }

    private int readLiterals(final int length)
    {
        final int type = bytes[0] & 3;
        final int format = bytes[0] >> 2 & 3;
        if (type == LITERALS_RAW || type == LITERALS_RLE)
        {
            final int headerLength = (format & 1) == 0 ? 1 : format == 1 ? 2 : 3;
            literalCount = (int)(header(headerLength) >> ((format & 1) == 0 ? 3 : 4));
            check(literalCount <= LENGTH_MAX);
            final int end = headerLength + (type == LITERALS_RAW ? literalCount : 1);
            check(end < length);
            if (type == LITERALS_RAW)
            {
                System.arraycopy(bytes, headerLength, literals, 0, literalCount);
            }
            else
            {
                Arrays.fill(literals, 0, literalCount, bytes[headerLength]);
            }
            return end;
        }

        final int headerLength = format < 2 ? 3 : format + 2;
        final int sizeBits = format < 2 ? 10 : format == 2 ? 14 : 18;
        final long header = header(headerLength) >> 4;
        literalCount = (int)(header & (1 << sizeBits) - 1);
        final int end = headerLength + (int)(header >> sizeBits & (1 << sizeBits) - 1);
        check(literalCount <= LENGTH_MAX && end < length);
        final int streams = type == LITERALS_TREELESS ? headerLength : huffman.read(bytes, headerLength, end);
        if (format == 0)
        {
            huffman.decode(bytes, streams, end, literals, 0, literalCount);
        }
        else
        {
            fourStreams(streams, end);
        }
        return end;
    }

    private void fourStreams(final int from, final int end)
    {
        final int quarter = (literalCount + 3) / 4;
        int start = from + 6;
        for (int i = 0; i < 4; i++)
        {
            final int length = i == 3 ? end - start :
                bytes[from + 2 * i] & 0xff | (bytes[from + 2 * i + 1] & 0xff) << 8;
            check(length > 0 && start + length <= end);
            huffman.decode(
                bytes, start, start + length, literals, i * quarter, i == 3 ? literalCount - 3 * quarter : quarter);
            start += length;
        }
    }

    private int readTable(
        final ZstdFse table,
        final int mode,
        final int at,
        final int end,
        final int logMax,
        final int symbolLimit,
        final short[] counts,
        final int log)
    {
        switch (mode)
        {
            case 0:
                table.build(log, counts, counts.length);
                return at;
            case 1:
                check((bytes[at] & 0xff) < symbolLimit);
                table.single(bytes[at] & 0xff);
                return at + 1;
            case 2:
                return table.read(bytes, at, end, logMax, symbolLimit);
            default:
                check(table.isPresent());
                return at;
        }
    }

    private long sequences(final int count, final long outOffset)
    {
        int literalState = (int)bits.read(literalLengths.accuracyLog());
        int offsetState = (int)bits.read(offsets.accuracyLog());
        int matchState = (int)bits.read(matchLengths.accuracyLog());
        int literal = 0;
        long at = outOffset;
        for (int i = 0; i < count; i++)
        {
            final int offsetCode = offsets.symbol(offsetState);
            final int matchCode = matchLengths.symbol(matchState);
            final int literalCode = literalLengths.symbol(literalState);
            final long offsetValue = (1L << offsetCode) + bits.read(offsetCode);
            final int matchLength = MATCH_LENGTHS[matchCode] + (int)bits.read(MATCH_LENGTH_BITS[matchCode]);
            final int literalLength = LITERAL_LENGTHS[literalCode] + (int)bits.read(LITERAL_LENGTH_BITS[literalCode]);
            if (i < count - 1)
            {
                literalState = literalLengths.nextState(literalState, bits);
                matchState = matchLengths.nextState(matchState, bits);
                offsetState = offsets.nextState(offsetState, bits);
            }
            check(!bits.isOver() && literalLength <= literalCount - literal);
            at = copyLiterals(literal, literalLength, at);
            literal += literalLength;
            at = copyMatch(offset(offsetValue, literalLength == 0), matchLength, at);
            check(at - outOffset <= LENGTH_MAX);
        }
        check(bits.isAtBeginning());
        return copyLiterals(literal, literalCount - literal, at);
    }

    /** Values 1 to 3 name one of the last three offsets, shifted by one when no literals came before. */
    private long offset(final long value, final boolean withoutLiterals)
    {
        final int index = value > 3 ? 3 : (int)value - 1 + (withoutLiterals ? 1 : 0);
        if (index == 0)
        {
            return recent[0];
        }
        final long offset = value > 3 ? value - 3 : index == 3 ? recent[0] - 1 : recent[index];
        if (index != 1)
        {
            recent[2] = recent[1];
        }
        recent[1] = recent[0];
        recent[0] = offset;
        return offset;
    }

    private long copyLiterals(final int from, final int length, final long at)
    {
        MemorySegment.copy(literals, from, out, JAVA_BYTE, at, length);
        return at + length;
    }

    private long copyMatch(final long offset, final int length, final long at)
    {
        check(offset > 0 && offset <= at - frameStart);
        final long from = at - offset;
        long done = 0;
        while (done < length)
        {
            // What was copied repeats: each round can take all that lies between from and here.
            final long part = Math.min(offset + done, length - done);
            MemorySegment.copy(out, from, out, at + done, part);
            done += part;
        }
        return at + length;
    }

    private long header(final int length)
    {
        long value = 0;
        for (int i = 0; i < length; i++)
        {
            value |= (bytes[i] & 0xffL) << 8 * i;
        }
        return value;
    }

    private static void check(final boolean right)
    {
        if (!right)
        {
            throw new IllegalArgumentException("a zstd block that cannot be");
        }
    }
}
