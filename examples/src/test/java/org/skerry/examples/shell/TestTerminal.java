package org.skerry.examples.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

/** A terminal that keeps what was printed. */
final class TestTerminal implements Terminal
{
    private final StringBuilder printed = new StringBuilder();
    private int room = Integer.MAX_VALUE;

    /** Take only so many bytes more. */
    void room(final int newRoom)
    {
        room = newRoom;
    }

    /** What was printed since the last call. */
    String take()
    {
        final String text = printed.toString();
        printed.setLength(0);
        return text;
    }

    @Override
    public int room()
    {
        return room;
    }

    @Override
    public void print(final String text)
    {
        final int length = text.getBytes(UTF_8).length;

        if (length > room)
        {
            throw new AssertionError("printed without room: length=" + length + ", room=" + room);
        }

        printed.append(text);
        room -= room == Integer.MAX_VALUE ? 0 : length;
    }
}
