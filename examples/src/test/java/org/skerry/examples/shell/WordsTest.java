package org.skerry.examples.shell;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class WordsTest
{
    @Test
    void shouldCutAtBlanks()
    {
        assertEquals(List.of("write", "xvda", "7", "text"), Words.split("  write xvda\t7  text "));
        assertEquals(List.of(), Words.split("   "));
    }

    @Test
    void shouldKeepBlanksInQuotes()
    {
        assertEquals(List.of("echo", "a  b", "", "c\"d", "e\\f", "g h"),
            Words.split("echo \"a  b\" '' c\\\"d 'e\\f' g\\ h"));
    }

    @Test
    void shouldRefuseAnOpenQuote()
    {
        assertThrows(CommandException.class, () -> Words.split("echo 'a"));
    }
}
