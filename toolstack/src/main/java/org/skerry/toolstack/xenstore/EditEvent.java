package org.skerry.toolstack.xenstore;

/** What the editor has to answer to. */
sealed interface EditEvent
{
    int UP = -1;
    int DOWN = -2;
    int RIGHT = -3;
    int LEFT = -4;
    int HOME = -5;
    int END = -6;
    int PAGE_UP = -7;
    int PAGE_DOWN = -8;
    int DELETE = -9;
    int ESCAPE = 27;
    int ENTER = 13;
    int BACKSPACE = 127;
    int CTRL_A = 1;
    int CTRL_C = 3;
    int CTRL_E = 5;
    int CTRL_H = 8;
    int CTRL_L = 12;
    int CTRL_U = 21;

    /** A key: a UTF-16 unit, or one of the names above. */
    record Key(int code) implements EditEvent
    {
    }

    /** A node has changed. */
    record Changed(String path) implements EditEvent
    {
    }

    /** The terminal has another size. */
    record Resized() implements EditEvent
    {
    }

    /** Nothing comes any more. */
    record Ended(String why) implements EditEvent
    {
    }
}
