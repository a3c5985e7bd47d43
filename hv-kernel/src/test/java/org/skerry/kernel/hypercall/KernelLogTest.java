package org.skerry.kernel.hypercall;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class KernelLogTest
{
    private final KernelLog log = new KernelLog();

    @Test
    void shouldSayWhoSpeaksAndForgetWhatIsCleared()
    {
        log.log("first");
        log.log(7, "second");

        assertEquals("(XEN) first\n(d7) second\n", log.read(false));
        assertEquals("(XEN) first\n(d7) second\n", log.read(true));
        assertEquals("", log.read(false));
    }

    @Test
    void shouldLetNobodySpeakForTheHypervisorOrToTheTerminal()
    {
        log.log(7, "a\n(XEN) b\u001B[2J\r\tc\u00E4\uD83D\uDE00\u0000");

        assertEquals("(d7) a.(XEN) b.[2J..c....\n", log.read(false));
    }

    @Test
    void shouldKeepTheNewestWholeLinesOfWhatFitsIntoAMessage()
    {
        for (int i = 0; i < 10_000; i++)
        {
            log.log("line " + i);
        }

        final String text = log.read(false);
        assertTrue(text.length() <= 32_768, "length=" + text.length());
        assertTrue(text.startsWith("(XEN) line "));
        assertTrue(text.endsWith("(XEN) line 9999\n"));
    }

    @Test
    void shouldCutALongLineAndTellTheListener()
    {
        final int[] told = new int[1];
        log.onText(() -> told[0]++);

        log.log("x".repeat(10_000));

        assertEquals(KernelLog.MAX_LINE_LENGTH + 7, log.read(false).length());
        assertEquals(1, told[0]);
    }
}
