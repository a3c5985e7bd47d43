package org.skerry.pvh.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;

import io.airlift.compress.zstd.ZstdCompressor;
import org.junit.jupiter.api.Test;

class ZstdFramesTest
{
    private static final long SEED = 8878;
    /** {@code (seq -s, 1 400; seq -s, 1 400) | zstd --ultra -22}: a checksum, no length. */
    private static final String NUMBERS =
        "KLUv/QSIDRQASl3UCQugtw1GTSTy4X+tx5kAmQCZADtwj22xXdu0Pduy3W1ubztsj7BF2BU2hT1hS9gNm2Ev7BD2GItxjWk8" +
        "Yxl3zPHGYTzEQlxiEo9YxBVTPHEQj1rUVVM9tdStWa8O9aAFXTTRQwtdmvToQI9ZzDXTPLPMnTlvDvOQhVwyySOLXJny5CCP" +
        "Lnp16tOlt7Ovhz644MWJDxdeTj4e+Nhi16Y9W3Y393bYY3FNz3LnC+Md5/jGw/gIXARegVPgE7gE3sAZ+AIPgY+xxdg1No09" +
        "Y8vYHZtjb+ww9hBbiF1ik9gjtohdsSn2xA5ij9qidtWm2lNbarc2a692qD1oC9pFm2gPbaFd2qQ92oH2mC1m12yaPbNldmdz" +
        "9maH2UO2kF2ySfbIFtmVTdmTHWSPbtFd3dQ93dLdbnavO3QPbsFd3MQ93MJdbnKPARU6hT6hS+gNnaEv9BD6GFwMXoPT4DO4" +
        "DN7BOfgGD4MPwYXgJTgJPoKL4BWcgk/wIPgoLopXcSo+xaV4i7P4iofig7ggXsSJ+BAX4iVO4iMeiI/hYngNp+EzXIZ3OIdv" +
        "eBg+hAvhJZyEj3ARXuEUPuFB+CgX5VVO5VMu5S1n+cpD+SAX5EVO5EMu5CUn+cgD+RgX4zVO4zMuASAEeYwuRq/RafQZXUbv" +
        "6Bx9o4fRh+hC9BKdRB/RRfSKTtEnehB9VBfVqzpVn+pSvdVZfdVD9UFdUC/qRH2oC/VSJ/VRD9THdDG9ptP0mS7TO53TNz1M" +
        "H9KF9JJO0ke6SK90Sp/0IH20i/Zqp/Zpl/a2s33toX2wC/ZiJ/ZhF/ayk33sgX2si/Vap/VZl/Wuc33rYX2ELkIPAQDURXfd" +
        "n6lfuv6v";

    @Test
    void shouldUnpackWhatTheReferenceCompressorMade() throws IOException
    {
        final StringBuilder numbers = new StringBuilder();
        for (int i = 0; i < 2; i++)
        {
            for (int number = 1; number <= 400; number++)
            {
                numbers.append(number).append(number == 400 ? '\n' : ',');
            }
        }
        assertArrayEquals(
            numbers.toString().getBytes(StandardCharsets.US_ASCII),
            unpack(Base64.getDecoder().decode(NUMBERS), numbers.length()));
    }

    @Test
    void shouldUnpackWhateverWasPacked() throws IOException
    {
        final Random random = new Random(SEED);
        for (int round = 0; round < 400; round++)
        {
            final byte[] content = content(random, random.nextInt(1 << random.nextInt(20)));
            assertArrayEquals(content, unpack(pack(content), content.length), "round " + round);
        }
    }

    @Test
    void shouldUnpackRawAndRepeatedBlocksAndFramesInARow() throws IOException
    {
        final byte[] frame = {
            0x28, (byte)0xb5, 0x2f, (byte)0xfd, 0x20, 5, 0x18, 0, 0, 'a', 'b', 'c', 0x13, 0, 0, 'z'};
        final byte[] skippable = {0x52, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2};
        final byte[] all = new byte[2 * frame.length + skippable.length];
        System.arraycopy(frame, 0, all, 0, frame.length);
        System.arraycopy(skippable, 0, all, frame.length, skippable.length);
        System.arraycopy(frame, 0, all, frame.length + skippable.length, frame.length);
        assertArrayEquals("abczzabczz".getBytes(StandardCharsets.US_ASCII), unpack(all, 10));
    }

    @Test
    void shouldRefuseAWrongChecksumAndADictionary()
    {
        final byte[] packed = Base64.getDecoder().decode(NUMBERS);
        packed[packed.length - 1]++;
        assertEquals(
            "the checksum of a zstd frame is wrong",
            assertThrows(IOException.class, () -> unpack(packed, 2984)).getMessage());
        final byte[] dictionary = {0x28, (byte)0xb5, 0x2f, (byte)0xfd, 0x21, 5, 5, 1, 0, 0};
        assertThrows(IOException.class, () -> unpack(dictionary, 5));
    }

    @Test
    void shouldEndWhateverIsWrittenIntoAFrame()
    {
        final Random random = new Random(SEED);
        int refused = 0;
        for (int round = 0; round < 5_000; round++)
        {
            final byte[] content = content(random, 1 + random.nextInt(3000));
            final byte[] packed = pack(content);
            for (int i = random.nextInt(4); i >= 0; i--)
            {
                packed[4 + random.nextInt(packed.length - 4)] = (byte)random.nextInt();
            }
            try
            {
                unpack(packed, content.length);
            }
            catch (final IOException | RuntimeException ex)
            {
                refused++;
            }
        }
        assertTrue(refused > 2_000, "refused: " + refused);
    }

    private static byte[] unpack(final byte[] packed, final int length) throws IOException
    {
        final byte[] unpacked = new byte[length];
        ZstdFrames.unpack(MemorySegment.ofArray(packed), MemorySegment.ofArray(unpacked));
        return unpacked;
    }

    private static byte[] content(final Random random, final int length)
    {
        final byte[] content = new byte[length];
        final int spread = 1 + random.nextInt(60);
        int at = 0;
        while (at < length)
        {
            final int part = Math.min(length - at, 1 + random.nextInt(300));
            if (at > part && random.nextInt(3) > 0)
            {
                System.arraycopy(content, random.nextInt(at - part), content, at, part);
            }
            else
            {
                for (int i = at; i < at + part; i++)
                {
                    content[i] = (byte)(random.nextGaussian() * spread);
                }
            }
            at += part;
        }
        return content;
    }

    private static byte[] pack(final byte[] content)
    {
        final ZstdCompressor compressor = new ZstdCompressor();
        final byte[] packed = new byte[compressor.maxCompressedLength(content.length)];
        return Arrays.copyOf(packed, compressor.compress(content, 0, content.length, packed, 0, packed.length));
    }
}
