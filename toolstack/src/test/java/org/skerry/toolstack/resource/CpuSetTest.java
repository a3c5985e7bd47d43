package org.skerry.toolstack.resource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class CpuSetTest
{
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "all      | all", "0-7 | all", "0 | 0", "0-3,^1 | 0,2-3", "^0 | 1-7", "1,3,5-6 | 1,3,5-6", "all,^2-5 | 0-1,6-7",
        "node:0 | all", "nodes:0-1 | all", "all,^node:0,4 | 4", "6-100 | 6-7", " 2 , 3 | 2-3"})
    void shouldReadWhatXlReads(final String text, final String expected)
    {
        assertEquals(expected, CpuSet.parse(text, 8).format(8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1-", "-1", "3-1", "8", "0,^0", "node:1", "1,,2", "99999", "^all"})
    void shouldRefuseWhatNamesNoCpuOfTheMachine(final String text)
    {
        assertThrows(IllegalArgumentException.class, () -> CpuSet.parse(text, 8));
    }

    @Test
    void shouldNotChangeWithWhatItWasMadeFrom()
    {
        final CpuSet set = CpuSet.first(2);
        final CpuSet both = set.or(CpuSet.parse("3", 4));
        assertEquals("0-1", set.format(4));
        assertEquals("0-1,3", both.format(4));
    }
}
