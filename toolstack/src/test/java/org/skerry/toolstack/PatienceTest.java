package org.skerry.toolstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatienceTest
{
    @ParameterizedTest
    @CsvSource({"1,1", "10,10", "0,1", "1000,1000", "9999,1000"})
    void shouldTakeTheFactorWithinItsRange(final String text, final int factor)
    {
        assertEquals(factor, Patience.factor(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ten", "-3", "2.5", "99999999999"})
    void shouldNotMindWhatIsNoFactor(final String text)
    {
        assertEquals(1, Patience.factor(text));
    }

    @Test
    void shouldWaitNoLongerWhereNothingIsSaid()
    {
        assertEquals(1, Patience.factor(null));
    }
}
