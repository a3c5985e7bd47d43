package org.skerry.examples.shell;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

class LineEditorTest
{
    private static final String UP = "\u001b[A";
    private static final String DOWN = "\u001b[B";
    private static final String RIGHT = "\u001b[C";
    private static final String LEFT = "\u001b[D";

    private final TestTerminal terminal = new TestTerminal();
    private final LineEditor editor = new LineEditor(terminal, "> ");

    @BeforeEach
    void begin()
    {
        editor.begin();
    }

    private LineEditor.Event type(final String keys)
    {
        LineEditor.Event event = LineEditor.Event.NONE;

        for (final byte key : keys.getBytes(UTF_8))
        {
            event = editor.onByte(key);
        }

        return event;
    }

    private String row()
    {
        return TestScreen.lastRow(terminal.take());
    }

    @Test
    void shouldGiveALineAndEcho()
    {
        assertEquals(LineEditor.Event.LINE, type("help\r"));
        assertEquals("help", editor.line());
        assertEquals("> help\r\n", terminal.take());
    }

    @ParameterizedTest
    @CsvSource({
        "abc<x,            > abx|,     abx",
        "abc<<<<<,         '> |',      ''",
        "abcLLx,           > ax|bc,    axbc",
        "abcLLLLLx,        > x|abc,    xabc",
        "abcLRRRx,         > abcx|,    abcx",
        "abcHx,            > x|abc,    xabc",
        "abcHEx,           > abcx|,    abcx",
        "abcHD,            > |bc,      bc",
        "abcLL<,           > |bc,      bc",
        "abcUx,            > x|,       x",
        "abcLU,            > |c,       c",
        "abcLK,            > ab|,      ab",
        "one two  W,       '> one |',  'one '",
        "oneWW,            '> |',      ''",
        "abcLLZ,           > a|bc,     abc"
    })
    void shouldEditAndShowWhatItEdited(final String keys, final String row, final String line)
    {
        type(keys.replace("<", "\u007f").replace("L", LEFT).replace("R", RIGHT).replace("H", "\u001b[1~")
            .replace("E", "\u001bOF").replace("K", "\u000b").replace("U", "\u0015").replace("W", "\u0017")
            .replace("Z", "\u000c").replaceAll("D$", "\u001b[3~"));

        assertEquals(row, row());
        type("\r");
        assertEquals(line, editor.line());
    }

    @Test
    void shouldBringLinesBackAndKeepWhatWasBegun()
    {
        type("first\r");
        editor.begin();
        type("second\r");
        terminal.take();
        editor.begin();

        type("dra" + UP);
        assertEquals("> second|", row());
        type(UP + UP + DOWN + DOWN + "ft\r");
        assertEquals("draft", editor.line());

        editor.begin();
        type(UP + UP + UP + "!\r");
        assertEquals("first!", editor.line());
    }

    @Test
    void shouldRememberALineOnceAndForgetTheOldest()
    {
        type("same\r");

        for (int i = 0; i < LineEditor.HISTORY_LIMIT + 5; i++)
        {
            editor.begin();
            type("line " + i + "\r");
            editor.begin();
            type("line " + i + "\r");
        }

        editor.begin();
        type(UP.repeat(LineEditor.HISTORY_LIMIT + 50) + "\r");
        assertEquals("line 5", editor.line());
    }

    @Test
    void shouldGiveTheLineUp()
    {
        assertEquals(LineEditor.Event.INTERRUPT, type("abc\u0003"));
        editor.begin();
        type("x\r");
        assertEquals("x", editor.line());
    }

    @Test
    void shouldTakeCrLfForOneEnd()
    {
        assertEquals(LineEditor.Event.LINE, type("a\r"));
        assertEquals(LineEditor.Event.NONE, type("\n"));
        assertEquals(LineEditor.Event.LINE, type("\n"));
    }

    @Test
    void shouldTakeUtf8()
    {
        type("gr\u00fc\u00df \ud83d\udc1a\u007f!\r");
        assertEquals("gr\u00fc\u00df !", editor.line());
    }

    @Test
    void shouldNotChokeOnBytesThatAreNoText()
    {
        for (int i = 0; i < 3; i++)
        {
            for (int value = 0; value < 256; value++)
            {
                editor.onByte((byte)(value * (2 * i + 1)));
            }
        }

        type("\r");
        editor.begin();
        type("\u001b[999999999999999999999;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;~");
        type("\r");
        editor.begin();
        type("ok\r");
        assertEquals("ok", editor.line());
    }

    @Test
    void shouldRefuseMoreThanALineHolds()
    {
        type("x".repeat(LineEditor.MAX_LENGTH + 10));
        type("\r");
        assertEquals(LineEditor.MAX_LENGTH, editor.line().length());
    }

    @Test
    void shouldPrintAboveTheLine()
    {
        type("abc" + LEFT);
        terminal.take();
        editor.hide();
        terminal.println("news");
        editor.redraw();
        assertEquals("\r\u001b[Knews\r\n> abc\b", terminal.take());
    }
}
