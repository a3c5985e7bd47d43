package org.skerry.console;

import java.util.Objects;

import org.skerry.wire.ring.ConsoleRing;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One client from its connection to its end: the line that says what it wants, then bytes both ways.
 * <p>
 * A client costs a fixed amount of memory and a bounded amount of work per event, whatever it does. Output that it has
 * not read yet is a position in the console's scrollback; when the guest had to print past it, the client is told how
 * many bytes it missed. Input that the guest has not room for stays here and, behind that, in the client's own socket.
 */
final class ClientSession
{
    /** The longest first line, its end included. */
    static final int MAX_LINE_LENGTH = 128;

    /** Time that a guest waits for a client that takes nothing. */
    static final long PATIENCE_NS = 1_000_000_000L;

    /** Bytes that a client may be behind before the guest waits for it. */
    static final int HOLD_LENGTH = GuestConsole.SCROLLBACK_CAPACITY - 2 * ConsoleRing.OUT_SIZE;

    private static final int INPUT_CAPACITY = 1024;
    private static final int OUTPUT_PART = 8 * 1024;
    private static final int PARTS_PER_TURN = 4;
    private static final byte[] NOTHING = new byte[0];

    private final ConsoleServer server;
    private final ClientStream stream;
    private final long connectedAtNs;
    private final byte[] input = new byte[INPUT_CAPACITY];
    private final byte[] output = new byte[OUTPUT_PART];
    private int inputLength;
    private int claimedPid;
    private GuestConsole console;
    private long position;
    private long progressAtNs;
    private byte[] notice = NOTHING;
    private int noticeOffset;
    private boolean isHalfClosed;
    private boolean isBlocked;
    private boolean isClosed;
    private long endedAtNs = Long.MAX_VALUE;

    ClientSession(final ConsoleServer server, final ClientStream stream, final long connectedAtNs)
    {
        this.server = Objects.requireNonNull(server);
        this.stream = Objects.requireNonNull(stream);
        this.connectedAtNs = connectedAtNs;
        stream.interest(true, false);
    }

    /** @return the console that it is attached to, or null. */
    GuestConsole console()
    {
        return console;
    }

    boolean isClosed()
    {
        return isClosed;
    }

    /** @return when it came, by the server's clock. */
    long connectedAtNs()
    {
        return connectedAtNs;
    }

    /** @return when its console ended, or {@code Long.MAX_VALUE}. */
    long endedAtNs()
    {
        return endedAtNs;
    }

    /**
     * @return who it is, for people: {@code pid 4711 (uid 1000)}. When the kernel cannot show us the process, because
     *         we live in a namespace of our own, the number is the client's word.
     */
    String peer()
    {
        final int pid = stream.peerPid() > 0 ? stream.peerPid() : claimedPid;
        return (pid > 0 ? "pid " + pid : "a process") + " (uid " + stream.peerUid() + ")";
    }

    /** The client says which process it is. */
    void claimPid(final int pid)
    {
        claimedPid = pid;
    }

    /** @return whether nobody is at the other end any more; such a client is not in anybody's way. */
    boolean isGone()
    {
        return isClosed || stream.isGone();
    }

    /**
     * A reader that is slower than the guest holds the guest back, as a serial line would, so that it misses nothing;
     * one that reads nothing at all does so for {@link #PATIENCE_NS} and is on its own then.
     */
    boolean holdsBack(final long nowNs)
    {
        return console.scrollback().end() - position > HOLD_LENGTH && nowNs - progressAtNs < PATIENCE_NS;
    }

    /** There is something to read, or the client hung up. */
    void onReadable()
    {
        if (isClosed)
        {
            return;
        }

        if (isHalfClosed)
        {
            if (stream.isGone())
            {
                close();
            }

            return;
        }

        if (console == null)
        {
            readLine();
        }
        else
        {
            forwardInput();
        }
    }

    /** The client's socket takes bytes again. */
    void onWritable()
    {
        isBlocked = false;

        if (console != null && !isClosed)
        {
            flush();
        }
    }

    /** The guest printed, took input, or ended. */
    void onConsoleChanged()
    {
        if (isClosed)
        {
            return;
        }

        if (inputLength > 0)
        {
            forwardInput();
        }

        if (!isBlocked)
        {
            flush();
        }
    }

    /** The guest ended: the client may take what is left. */
    void onConsoleEnded(final long nowNs)
    {
        endedAtNs = nowNs;
        onConsoleChanged();
    }

    /** The server has found the console: say so and begin with the scrollback. */
    void attached(final GuestConsole newConsole)
    {
        console = newConsole;
        position = newConsole.scrollback().start();
        progressAtNs = server.nowNs();
        notice = "OK\n".getBytes(UTF_8);
        noticeOffset = 0;
        flush();

        if (!isClosed)
        {
            forwardInput();
        }
    }

    /** Tell the client why not, and end. */
    void refuse(final String reason)
    {
        final byte[] answer = ("ERR " + reason + "\n").getBytes(UTF_8);
        stream.write(answer, 0, answer.length);                  // the first bytes on this socket: there is room
        close();
    }

    /** Somebody else has the console from now on. */
    void takenOver(final String by)
    {
        final byte[] farewell = ("\r\n[console taken over by " + by + "]\r\n").getBytes(UTF_8);
        stream.write(farewell, 0, farewell.length);
        close();
    }

    /** End the connection. More than once is fine. */
    void close()
    {
        if (!isClosed)
        {
            isClosed = true;
            stream.close();
            server.onSessionClosed(this);
        }
    }

    private void readLine()
    {
        final byte[] part = new byte[MAX_LINE_LENGTH];
        final int count = stream.read(part, MAX_LINE_LENGTH - inputLength);

        if (count == ClientStream.END_OF_STREAM)
        {
            close();
            return;
        }

        System.arraycopy(part, 0, input, inputLength, count);
        inputLength += count;
        int length = 0;

        while (length < inputLength && input[length] != '\n')
        {
            length++;
        }

        if (length < inputLength)
        {
            final String line = new String(input, 0, length, UTF_8);
            dropInput(length + 1);
            server.onRequest(this, line);
        }
        else if (inputLength == MAX_LINE_LENGTH)
        {
            refuse("EINVAL the first line is too long: limit=" + MAX_LINE_LENGTH);
        }
    }

    private void forwardInput()
    {
        if (inputLength == 0 && !isHalfClosed)
        {
            final int count = stream.read(input, INPUT_CAPACITY);

            if (count == ClientStream.END_OF_STREAM)
            {
                if (stream.isGone())
                {
                    close();
                    return;
                }

                isHalfClosed = true;                             // it types no more, but may want to see the rest
            }

            inputLength = Math.max(count, 0);
        }

        if (console.isEnded())
        {
            inputLength = 0;
        }
        else if (inputLength > 0)
        {
            dropInput(server.type(console, input, inputLength));
        }

        updateInterest();
    }

    private void dropInput(final int count)
    {
        inputLength -= count;
        System.arraycopy(input, count, input, 0, inputLength);
    }

    private void flush()
    {
        for (int part = 0; part < PARTS_PER_TURN && !isClosed; part++)
        {
            if (!flushNotice() || !flushPart())
            {
                break;
            }
        }

        if (!isClosed && console.isEnded() && position == console.scrollback().end() && notice.length == 0)
        {
            close();
        }

        updateInterest();
    }

    /** @return whether the notice is out of the way. */
    private boolean flushNotice()
    {
        final long start = console.scrollback().start();

        if (notice.length == 0 && position < start)
        {
            final String lost = (start - position) + " bytes lost, the reader is too slow";
            notice = ("\r\n[console: " + lost + "]\r\n").getBytes(UTF_8);
            noticeOffset = 0;
            position = start;
        }

        if (notice.length == 0)
        {
            return true;
        }

        final int count = send(notice, noticeOffset, notice.length - noticeOffset);
        noticeOffset += count;

        if (noticeOffset < notice.length)
        {
            return false;
        }

        notice = NOTHING;
        return true;
    }

    /** @return whether all of a part went and there may be more. */
    private boolean flushPart()
    {
        position = Math.max(position, console.scrollback().start());
        final int length = console.scrollback().copy(position, output, OUTPUT_PART);
        final int count = length == 0 ? 0 : send(output, 0, length);
        position += count;
        return length > 0 && count == length;
    }

    private int send(final byte[] source, final int offset, final int length)
    {
        final int count = stream.write(source, offset, length);

        if (count == ClientStream.END_OF_STREAM)
        {
            close();
            return 0;
        }

        isBlocked = count < length;

        if (count > 0)
        {
            progressAtNs = server.nowNs();
        }

        return count;
    }

    private void updateInterest()
    {
        if (!isClosed)
        {
            final boolean hasOutput = notice.length > 0 || position < console.scrollback().end();
            stream.interest(inputLength == 0 && !isHalfClosed, hasOutput);
            isBlocked |= hasOutput;
        }
    }
}
