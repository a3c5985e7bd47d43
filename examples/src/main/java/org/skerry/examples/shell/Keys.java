package org.skerry.examples.shell;

/** Keys as the {@link EscapeDecoder} gives them: control characters as they are, others above all characters. */
final class Keys
{
    static final int CTRL_A = 0x01;
    static final int CTRL_B = 0x02;
    static final int CTRL_C = 0x03;
    static final int CTRL_D = 0x04;
    static final int CTRL_E = 0x05;
    static final int CTRL_F = 0x06;
    static final int CTRL_H = 0x08;
    static final int CTRL_K = 0x0B;
    static final int CTRL_L = 0x0C;
    static final int CTRL_N = 0x0E;
    static final int CTRL_P = 0x10;
    static final int CTRL_U = 0x15;
    static final int CTRL_W = 0x17;
    static final int ESCAPE = 0x1B;
    static final int BACKSPACE = 0x7F;

    /** No character is as high. */
    static final int FIRST = 0x11_0000;
    static final int UP = FIRST;
    static final int DOWN = FIRST + 1;
    static final int RIGHT = FIRST + 2;
    static final int LEFT = FIRST + 3;
    static final int HOME = FIRST + 4;
    static final int END = FIRST + 5;
    static final int DELETE = FIRST + 6;
    static final int UNKNOWN = FIRST + 7;

    private Keys()
    {
    }
}
