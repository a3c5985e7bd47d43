package org.skerry.toolstack.console;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.skerry.toolstack.Patience;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Joins two descriptors, usually a terminal, with a console of a guest. A terminal is put into raw mode for the time,
 * so that every key reaches the guest, save the escape, {@code ^]} unless told otherwise, which leaves.
 * <p>
 * One thread and one {@code poll}: what the guest prints never waits for what it does not read. When the guest does not
 * read and a terminal's user types on, the keys are refused with a bell, but the escape still works; input from a pipe
 * waits instead. After the end of a pipe the guest's output is shown until the guest ends.
 * <p>
 * The console of a guest that is being created may not be there yet: {@link #attach} asks again for
 * {@link #APPEAR_TIMEOUT_MS}.
 */
public final class ConsoleClient implements AutoCloseable
{
    /** {@code ^]}. */
    public static final int DEFAULT_ESCAPE = 0x1D;

    /** No byte leaves. */
    public static final int NO_ESCAPE = -1;

    /** Time that a console has to appear. */
    public static final int APPEAR_TIMEOUT_MS =
        (int)TimeUnit.NANOSECONDS.toMillis(Patience.ns(10, TimeUnit.SECONDS));

    private static final int RETRY_PAUSE_MS = 20;
    /** Time that an answer has in any case. */
    private static final long ANSWER_TIMEOUT_NS = Patience.ns(1, TimeUnit.SECONDS);
    private static final int BUFFER_LENGTH = 16 * 1024;
    private static final int MAX_ANSWER_LENGTH = 512;
    /** No more than a pipe takes at once without waiting. */
    private static final int WRITE_LENGTH = 4096;
    private static final int LEAVE_TIMEOUT_MS = 1000;
    private static final int HUNG_UP = Poll.POLLHUP | Poll.POLLERR | Poll.POLLNVAL;
    private static final int GONE = -1;

    private final int inFd;
    private final int outFd;
    private final int escape;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment pollfds = arena.allocate(3 * Poll.POLLFD_LENGTH, Long.BYTES);
    private final Transfer toGuest = new Transfer();
    private final Transfer toUser = new Transfer();
    private int socket = GONE;
    private boolean isTerminal;
    private boolean isInputAtEnd;
    private boolean isLeaving;

    /** A buffer between two descriptors. */
    private final class Transfer
    {
        private final MemorySegment bytes = arena.allocate(BUFFER_LENGTH);
        private int offset;
        private int length;

        boolean isEmpty()
        {
            return length == 0;
        }

        /** Write what is there. */
        long drain(final int fd, final int limit)
        {
            final long count = Unistd.write(fd, bytes.address() + offset, Math.min(length, limit));

            if (count > 0)
            {
                offset += (int)count;
                length -= (int)count;
            }

            return count;
        }

        /** Read into the empty buffer. */
        long fill(final int fd)
        {
            final long count = Unistd.read(fd, bytes.address(), BUFFER_LENGTH);
            offset = 0;
            length = (int)Math.max(count, 0);
            return count;
        }
    }

    /**
     * @param inFd   where keys come from.
     * @param outFd  where the guest's output goes.
     * @param escape byte that leaves, 0 to 255, or {@link #NO_ESCAPE}.
     */
    public ConsoleClient(final int inFd, final int outFd, final int escape)
    {
        this.inFd = inFd;
        this.outFd = outFd;
        this.escape = escape;
    }

    /**
     * What {@code xl console} does, on standard input and output.
     *
     * @param socketPath of the console domain.
     * @param domid      of the guest.
     * @param consoleId  0 for its first console.
     * @param escape     byte that leaves, or {@link #NO_ESCAPE}.
     * @param isForced   whether to end another client that holds the console.
     * @return exit status: 0 after the escape and after the end of the guest, 1 when there was no way in.
     */
    public static int run(
        final Path socketPath, final int domid, final int consoleId, final int escape, final boolean isForced)
    {
        try (ConsoleClient client = new ConsoleClient(0, 1, escape))
        {
            final String refusal = client.attach(socketPath, domid, consoleId, isForced, APPEAR_TIMEOUT_MS);

            if (refusal != null)
            {
                System.err.println("console: " + refusal);
                return 1;
            }

            client.converse();
            return 0;
        }
    }

    /**
     * Get hold of the console; waits for it to appear. The terminal is not touched yet, so ^C ends the waiting.
     *
     * @param socketPath of the console domain.
     * @param domid      of the guest.
     * @param consoleId  0 for its first console.
     * @param isForced   whether to end another client that holds it.
     * @param timeoutMs  how long to wait for the socket and for the console to be there.
     * @return null when attached, else why not.
     */
    public String attach(
        final Path socketPath, final int domid, final int consoleId, final boolean isForced, final int timeoutMs)
    {
        final long deadlineNs = System.nanoTime() + timeoutMs * 1_000_000L;
        final String request = "ATTACH " + domid + " " + consoleId + (isForced ? " force" : "") +
            " pid=" + Unistd.getpid() + "\n";

        while (true)
        {
            final String refusal = attachOnce(socketPath.toString(), request, deadlineNs);

            if (refusal == null || !isTemporary(refusal) || System.nanoTime() - deadlineNs >= 0)
            {
                return refusal;
            }

            Poll.poll(pollfds.address(), 0, RETRY_PAUSE_MS);
        }
    }

    /** Carry bytes until the escape, the end of the guest, or the end of whoever reads our output. */
    public void converse()
    {
        try (RawTerminal terminal = RawTerminal.enter(inFd))
        {
            isTerminal = terminal.isTerminal();

            while (socket != GONE && !isLeaving)
            {
                turn();
            }

            if (isLeaving)
            {
                sendRest();

                if (isTerminal)
                {
                    endLine();
                }
            }
        }
    }

    @Override
    public void close()
    {
        hangUp();
        arena.close();
    }

    private String attachOnce(final String path, final String request, final long deadlineNs)
    {
        hangUp();
        socket = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0);

        if (socket < 0)
        {
            final int error = socket;
            socket = GONE;
            return Errno.nameOf(error) + " no socket";
        }

        final int result = SysSocket.connectUnix(socket, path);

        if (result < 0)
        {
            return Errno.nameOf(result) + " cannot reach the console domain at " + path;
        }

        final byte[] bytes = request.getBytes(UTF_8);
        MemorySegment.copy(bytes, 0, toGuest.bytes, JAVA_BYTE, 0, bytes.length);
        SysSocket.send(socket, toGuest.bytes.address(), bytes.length, 0);
        final String answer = readAnswer(Math.max(deadlineNs, System.nanoTime() + ANSWER_TIMEOUT_NS));
        return "OK".equals(answer) ? null : answer.startsWith("ERR ") ? answer.substring(4) : answer;
    }

    /** One byte at a time: what follows the line is the guest's output. */
    private String readAnswer(final long deadlineNs)
    {
        final StringBuilder answer = new StringBuilder();

        while (answer.length() < MAX_ANSWER_LENGTH)
        {
            final long leftMs = Math.max(0, (deadlineNs - System.nanoTime()) / 1_000_000);
            Poll.set(pollfds.address(), 0, socket, Poll.POLLIN);
            final int ready = Poll.poll(pollfds.address(), 1, (int)leftMs);

            if (ready == 0)
            {
                return "ETIMEDOUT the console domain does not answer";
            }

            if (ready > 0)
            {
                if (SysSocket.recv(socket, toUser.bytes.address(), 1, 0) <= 0)
                {
                    return "ECONNRESET the console domain hung up";
                }

                final char character = (char)(toUser.bytes.get(JAVA_BYTE, 0) & 0x7F);

                if (character == '\n')
                {
                    return answer.toString();
                }

                answer.append(character < ' ' ? '?' : character);
            }
        }

        return "EPROTO the console domain's answer is too long";
    }

    private static boolean isTemporary(final String refusal)
    {
        final String name = refusal.substring(0, Math.max(0, refusal.indexOf(' ')));
        return "ENOENT".equals(name) || "ECONNREFUSED".equals(name) || "ECONNRESET".equals(name);
    }

    private void turn()
    {
        final boolean wantsInput = !isInputAtEnd && (toGuest.isEmpty() || isTerminal);
        final long fds = pollfds.address();
        Poll.set(fds, 0, wantsInput ? inFd : -1, Poll.POLLIN);
        final int streamEvents = (toUser.isEmpty() ? Poll.POLLIN : 0) | (toGuest.isEmpty() ? 0 : Poll.POLLOUT);
        Poll.set(fds, 1, streamEvents == 0 ? -1 : socket, streamEvents);
        Poll.set(fds, 2, toUser.isEmpty() ? -1 : outFd, Poll.POLLOUT);

        if (Poll.poll(fds, 3, -1) < 0)
        {
            return;                                              // EINTR: the terminal was resized, or we were stopped
        }

        final int input = Poll.revents(fds, 0);
        final int stream = Poll.revents(fds, 1);
        final int output = Poll.revents(fds, 2);

        if (output != 0 && isFatal(toUser.drain(outFd, WRITE_LENGTH)))
        {
            hangUp();                                            // nobody reads us any more
            return;
        }

        if ((stream & (Poll.POLLOUT | HUNG_UP)) != 0 && !toGuest.isEmpty())
        {
            sendToGuest();
        }

        if (input != 0)
        {
            readInput();
        }

        if ((stream & (Poll.POLLIN | HUNG_UP)) != 0 && toUser.isEmpty() && toUser.fill(socket) <= 0)
        {
            hangUp();
        }
    }

    private void readInput()
    {
        if (!toGuest.isEmpty())
        {
            lookForEscape();
            return;
        }

        final long count = toGuest.fill(inFd);

        if (count <= 0)
        {
            isInputAtEnd = count == 0 || isFatal(count);
            return;
        }

        final int at = indexOfEscape(toGuest);

        if (at >= 0)
        {
            toGuest.length = at;
            isLeaving = true;
        }
        else
        {
            sendToGuest();
        }
    }

    /** The guest does not read: keys are lost, which a bell says, except the one that leaves. */
    private void lookForEscape()
    {
        final MemorySegment bytes = pollfds.asSlice(0, Poll.POLLFD_LENGTH);
        final long count = Unistd.read(inFd, bytes.address(), 1);

        if (count <= 0)
        {
            isInputAtEnd = count == 0 || isFatal(count);
        }
        else if (escape >= 0 && bytes.get(JAVA_BYTE, 0) == (byte)escape)
        {
            isLeaving = true;
            toGuest.length = 0;
        }
        else
        {
            bytes.set(JAVA_BYTE, 0, (byte)7);
            Unistd.write(outFd, bytes.address(), 1);
        }
    }

    private int indexOfEscape(final Transfer transfer)
    {
        for (int i = 0; escape >= 0 && i < transfer.length; i++)
        {
            if (transfer.bytes.get(JAVA_BYTE, i) == (byte)escape)
            {
                return i;
            }
        }

        return -1;
    }

    private void sendToGuest()
    {
        final long count = SysSocket.send(
            socket, toGuest.bytes.address() + toGuest.offset, toGuest.length, SysSocket.MSG_DONTWAIT);

        if (count > 0)
        {
            toGuest.offset += (int)count;
            toGuest.length -= (int)count;
        }
        else if (isFatal(count))
        {
            toGuest.length = 0;                                  // the stream has ended; what it still holds is output
        }
    }

    private static boolean isFatal(final long result)
    {
        return result < 0 && result != Errno.EAGAIN.negative() && result != Errno.EINTR.negative();
    }

    /** What was typed before the escape goes to the guest, if it takes it soon. */
    private void sendRest()
    {
        final long deadlineNs = System.nanoTime() + LEAVE_TIMEOUT_MS * 1_000_000L;

        while (!toGuest.isEmpty() && System.nanoTime() - deadlineNs < 0)
        {
            Poll.set(pollfds.address(), 0, socket, Poll.POLLOUT);

            if (Poll.poll(pollfds.address(), 1, LEAVE_TIMEOUT_MS) > 0)
            {
                if ((Poll.revents(pollfds.address(), 0) & HUNG_UP) != 0)
                {
                    return;
                }

                sendToGuest();
            }
        }
    }

    /** The shell's prompt should not stand behind the guest's. */
    private void endLine()
    {
        MemorySegment.copy(new byte[]{ '\r', '\n' }, 0, toUser.bytes, JAVA_BYTE, 0, 2);
        Unistd.write(outFd, toUser.bytes.address(), 2);
    }

    private void hangUp()
    {
        if (socket != GONE)
        {
            Unistd.close(socket);
            socket = GONE;
        }
    }
}
