package org.skerry.console;

import java.io.ByteArrayOutputStream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** A client whose every move is the test's: what it sent, how much it takes, when it leaves. */
final class TestStream implements ClientStream
{
    private final StringBuilder sent = new StringBuilder();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final int peerPid;
    private int room = Integer.MAX_VALUE;
    private boolean isHalfClosed;
    private boolean isGone;
    private boolean isClosed;
    private boolean toRead;
    private boolean toWrite;

    TestStream(final int peerPid)
    {
        this.peerPid = peerPid;
    }

    void send(final String text)
    {
        sent.append(text);
    }

    void halfClose()
    {
        isHalfClosed = true;
    }

    void leave()
    {
        isHalfClosed = true;
        isGone = true;
    }

    void room(final int newRoom)
    {
        room = newRoom;
    }

    String received()
    {
        return received.toString(ISO_8859_1);
    }

    boolean isClosed()
    {
        return isClosed;
    }

    int unread()
    {
        return sent.length();
    }

    boolean wantsToRead()
    {
        return toRead;
    }

    boolean wantsToWrite()
    {
        return toWrite;
    }

    @Override
    public int read(final byte[] target, final int length)
    {
        if (sent.isEmpty())
        {
            return isHalfClosed ? END_OF_STREAM : 0;
        }

        final int count = Math.min(length, sent.length());
        System.arraycopy(sent.substring(0, count).getBytes(ISO_8859_1), 0, target, 0, count);
        sent.delete(0, count);
        return count;
    }

    @Override
    public int write(final byte[] source, final int offset, final int length)
    {
        if (isGone)
        {
            return END_OF_STREAM;
        }

        final int count = Math.min(room, length);
        received.write(source, offset, count);
        room -= count;
        return count;
    }

    @Override
    public boolean isGone()
    {
        return isGone;
    }

    @Override
    public void interest(final boolean newToRead, final boolean newToWrite)
    {
        toRead = newToRead;
        toWrite = newToWrite;
    }

    @Override
    public int peerPid()
    {
        return peerPid;
    }

    @Override
    public int peerUid()
    {
        return 1000;
    }

    @Override
    public void close()
    {
        if (isClosed)
        {
            throw new IllegalStateException("closed twice");
        }

        isClosed = true;
    }
}
