package org.skerry.examples.shell;

/**
 * Finds the keys that terminals send as several characters: {@code ESC [ A}, {@code ESC O A}, {@code ESC [ 3 ~}.
 *
 * <p>Spec: ECMA-48, control sequences; xterm's cursor and editing keys.
 */
final class EscapeDecoder
{
    private static final int MAX_PARAMETERS = 16;

    private enum State
    {
        GROUND, ESCAPE, SEQUENCE, SINGLE_SHIFT
    }

    private State state = State.GROUND;
    private int parameter;
    private int parameterLength;

    /**
     * @param character of the terminal's input.
     * @return a character, one of {@link Keys}, or -1 while a sequence is not complete.
     */
    int onCharacter(final int character)
    {
        return switch (state)
        {
            case GROUND -> onGround(character);
            case ESCAPE -> onEscape(character);
            case SEQUENCE -> onSequence(character);
            case SINGLE_SHIFT -> end(letter(character));
        };
    }

    private int onGround(final int character)
    {
        if (character != Keys.ESCAPE)
        {
            return character;
        }

        state = State.ESCAPE;
        return -1;
    }

    private int onEscape(final int character)
    {
        switch (character)
        {
            case '[' ->
            {
                state = State.SEQUENCE;
                parameter = 0;
                parameterLength = 0;
            }
            case 'O' -> state = State.SINGLE_SHIFT;
            case Keys.ESCAPE -> state = State.ESCAPE;
            default ->
            {
                return end(character < ' ' ? character : Keys.UNKNOWN);
            }
        }

        return -1;
    }

    private int onSequence(final int character)
    {
        if (character < ' ')
        {
            return end(character);                               // broken off; the control character counts
        }

        if (character < '@' && parameterLength < MAX_PARAMETERS)
        {
            parameter = character >= '0' && character <= '9' ? parameter * 10 + character - '0' : parameter;
            parameterLength++;
            return -1;
        }

        return end(character == '~' ? editingKey() : letter(character));
    }

    private int end(final int key)
    {
        state = State.GROUND;
        return key;
    }

    private int editingKey()
    {
        return switch (parameter)
        {
            case 1, 7 -> Keys.HOME;
            case 3 -> Keys.DELETE;
            case 4, 8 -> Keys.END;
            default -> Keys.UNKNOWN;
        };
    }

    private static int letter(final int character)
    {
        return switch (character)
        {
            case 'A' -> Keys.UP;
            case 'B' -> Keys.DOWN;
            case 'C' -> Keys.RIGHT;
            case 'D' -> Keys.LEFT;
            case 'H' -> Keys.HOME;
            case 'F' -> Keys.END;
            default -> Keys.UNKNOWN;
        };
    }
}
