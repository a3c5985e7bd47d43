package org.skerry.wire.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SysRandomTest
{
    @Test
    void shouldNotRepeatItself()
    {
        final Set<Long> numbers = new HashSet<>();
        for (int i = 0; i < 1000; i++)
        {
            numbers.add(SysRandom.nextLong());
        }
        assertEquals(1000, numbers.size());
    }

    @Test
    void shouldSayWhenTheMemoryIsNotOurs()
    {
        assertEquals(-14, SysRandom.getrandom(8, 8));
    }
}
