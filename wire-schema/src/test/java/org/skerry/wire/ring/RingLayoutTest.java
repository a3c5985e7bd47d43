package org.skerry.wire.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingLayoutTest
{
    @ParameterizedTest
    @CsvSource({
        "112, 16, 4096, 32, 112",
        "112, 16, 8192, 64, 112",
        "112, 16, 65536, 512, 112",
        "12, 4, 4096, 256, 12",
        "8, 8, 4096, 256, 8",
        "64, 64, 4096, 32, 64",
        "4032, 16, 4096, 1, 4032",
        "16, 64, 4096, 32, 64"})
    void shouldCountSlotsAsRingSizeDoes(
        final int request, final int response, final int area, final int slotCount, final int slotLength)
    {
        final RingLayout layout = new RingLayout(request, response, area);
        assertEquals(slotCount, layout.slotCount());
        assertEquals(slotLength, layout.slotLength());
        assertEquals(64, layout.slotOffset(0));
        assertEquals(64 + (slotCount - 1) * slotLength, layout.slotOffset(-1));
    }

    @Test
    void shouldPutTheIndicesWhereSringHasThem()
    {
        assertEquals(0, RingLayout.REQ_PROD_OFFSET);
        assertEquals(4, RingLayout.REQ_EVENT_OFFSET);
        assertEquals(8, RingLayout.RSP_PROD_OFFSET);
        assertEquals(12, RingLayout.RSP_EVENT_OFFSET);
        assertEquals(64, RingLayout.SLOTS_OFFSET);
    }

    @ParameterizedTest
    @CsvSource({"0, 4, 4096", "4, 0, 4096", "4, -4, 4096", "5, 4, 4096", "4, 4, 64", "112, 16, 175", "4, 4, -1",
        "4, 4, 2147483647", "2147483644, 4, 4096"})
    void shouldRefuseLengthsThatMakeNoRing(final int request, final int response, final int area)
    {
        assertThrows(IllegalArgumentException.class, () -> new RingLayout(request, response, area));
    }

    @Test
    void shouldRefuseMemoryThatIsTooShort()
    {
        final RingLayout layout = new RingLayout(112, 16, 8192);
        final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
        assertThrows(IllegalArgumentException.class, () -> FrontRing.init(page, layout));
        assertThrows(IllegalArgumentException.class, () -> BackRing.attach(page, layout));
    }
}
