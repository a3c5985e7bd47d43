package org.skerry.kernel.memory;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class MemoryLedgerTest
{
    private final MemoryLedger ledger = new MemoryLedger(100);

    @Test
    void shouldGiveOutTheLastFrameAndNotOneMore()
    {
        assertTrue(ledger.claim(99));
        assertFalse(ledger.claim(2));
        assertTrue(ledger.claim(1));
        assertFalse(ledger.claim(1));
        assertEquals(0, ledger.freeFrames());
        assertEquals(100, ledger.totalFrames());
    }

    @Test
    void shouldHaveWhatWasReleased()
    {
        ledger.claim(100);
        ledger.release(40);

        assertEquals(40, ledger.freeFrames());
        assertTrue(ledger.claim(40));
    }

    @Test
    void shouldRefuseWhatIsNoAmount()
    {
        assertFalse(ledger.claim(0));
        assertFalse(ledger.claim(-1));
        assertFalse(ledger.claim(Long.MIN_VALUE));
        assertFalse(ledger.claim(Long.MAX_VALUE));
        assertEquals(100, ledger.freeFrames());
    }

    @Test
    void shouldNotTakeBackMoreThanItGave()
    {
        ledger.claim(10);

        assertThrows(IllegalStateException.class, () -> ledger.release(11));
    }
}
