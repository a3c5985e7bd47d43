package org.skerry.guest.consolefront;

import java.util.Objects;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.StartInfo;
import org.skerry.guest.event.EventChannel;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ring.ConsoleRing;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The guest's end of its console.
 * <p>
 * Output goes through a private queue of {@link #OUTPUT_CAPACITY} bytes into the page. While the backend lives, or has
 * not come yet, {@link #write} takes only what fits and loses nothing: ask for {@link #room()}, or come back on
 * {@link #onWritable}. While the backend is dead {@code write} takes everything and the oldest bytes of the queue go
 * (counted by {@link #bytesLost()}): a guest does not stop because nobody looks at it. When a backend serves the page
 * again, it finds the last bytes there.
 * <p>
 * Input stays in the page until it is read, so a guest that does not read holds its writer back and nobody else.
 * {@link #read} and {@link #readLine} may be mixed.
 * <p>
 * A backend that breaks the rules of the ring counts as dead until its indices make sense again. All calls belong to
 * the owner thread of the domain.
 */
public final class Consolefront
{
    /** Bytes that wait in private memory before {@link #write} refuses. */
    public static final int OUTPUT_CAPACITY = 64 * 1024;

    /** The longest line that {@link #readLine} gives in one piece, in bytes. */
    public static final int MAX_LINE_LENGTH = 4096;

    private static final Runnable NOTHING = () -> {};

    private final ConsoleRing ring;
    private final Runnable notifyRemote;
    private final ByteQueue output = new ByteQueue(OUTPUT_CAPACITY);
    private final ByteQueue input = new ByteQueue(MAX_LINE_LENGTH);
    private Runnable onReadable = NOTHING;
    private Runnable onWritable = NOTHING;
    private boolean isRemoteClosed;
    private boolean isOutputViolated;
    private boolean isInputViolated;
    private boolean endsAfterReturn;
    private int readableSeen;
    private int writableSeen;
    private long bytesLost;
    private long violationCount;

    /**
     * A console over any page; {@code Domain}'s own is made by {@code attach}.
     *
     * @param ring         the frontend's half of the page.
     * @param notifyRemote rings the backend's bell; must not fail when the backend is gone.
     */
    public Consolefront(final ConsoleRing ring, final Runnable notifyRemote)
    {
        this.ring = Objects.requireNonNull(ring);
        this.notifyRemote = Objects.requireNonNull(notifyRemote);
    }

    /**
     * The console that this domain was born with.
     *
     * @param domain this domain.
     * @return its console, or null when it has none.
     */
    public static Consolefront attach(final Domain domain)
    {
        final StartInfo info = domain.startInfo();

        if (info.consolePort() == null || info.consoleFrame() < 0)
        {
            return null;
        }

        final long address = domain.memory().addressOf(info.consoleFrame());
        final EventChannel channel = domain.eventChannels().adopt(info.consolePort());
        final ConsoleRing ring = ConsoleRing.front(new UnsafeBuffer(address, Hypercalls.PAGE_SIZE));
        final Consolefront console = new Consolefront(ring, channel::notifyRemote);
        channel.onRemoteClosed(console::onRemoteClosed);
        channel.onEventLateEoi(console::onRemoteBound);          // a bell rings only while somebody is bound
        return console;
    }

    /** @param handler called after an event when there may be bytes to read; spurious calls are possible. */
    public void onReadable(final Runnable handler)
    {
        onReadable = Objects.requireNonNull(handler);
    }

    /** @param handler called after an event when {@link #room()} has grown, or when the backend died or came back. */
    public void onWritable(final Runnable handler)
    {
        onWritable = Objects.requireNonNull(handler);
    }

    /** @return whether bytes can be expected to reach somebody: false after the backend's death or misbehaviour. */
    public boolean isConnected()
    {
        return !isRemoteClosed && !isOutputViolated && !isInputViolated && ring.isConnected();
    }

    /** @return bytes that {@link #write} takes now; more than 0 always while the backend is dead. */
    public int room()
    {
        return isDead() ? OUTPUT_CAPACITY : output.room();
    }

    /** @return whether every byte written so far stands in the page or has been taken from there. */
    public boolean isFlushed()
    {
        return output.size() == 0;
    }

    /** @return whether the backend has taken every byte written so far. */
    public boolean isDrained()
    {
        return output.size() == 0 && ring.writable() == ConsoleRing.OUT_SIZE;
    }

    /** @return bytes thrown away because nobody served the page. */
    public long bytesLost()
    {
        return bytesLost;
    }

    /** @return times that the backend's indices made no sense. */
    public long violationCount()
    {
        return violationCount;
    }

    /**
     * Send bytes. Never waits.
     *
     * @param source holder of the bytes.
     * @param offset of the first one.
     * @param length 0 or more.
     * @return bytes taken: all of them when the backend is dead, else as many as fit.
     */
    public int write(final byte[] source, final int offset, final int length)
    {
        Objects.checkFromIndexSize(offset, length, source.length);
        int taken = 0;
        boolean moved = false;

        while (taken < length)
        {
            if (output.room() == 0)
            {
                if (!isDead())
                {
                    break;
                }

                final int lost = Math.min(length - taken, OUTPUT_CAPACITY);
                output.skip(lost);
                bytesLost += lost;
            }

            final int count = Math.min(length - taken, output.room());
            output.add(source, offset + taken, count);
            taken += count;
            moved |= moveToRing();
        }

        if (moved)
        {
            notifyRemote.run();
        }

        return taken;
    }

    /**
     * Send text as UTF-8, as it is: an end of line is the caller's {@code "\r\n"}.
     *
     * @param text what to send.
     * @return whether it was taken; when false nothing of it was, since there is not enough room.
     */
    public boolean write(final String text)
    {
        final byte[] bytes = text.getBytes(UTF_8);

        if (bytes.length > room())
        {
            return false;
        }

        write(bytes, 0, bytes.length);
        return true;
    }

    /**
     * Receive bytes. Never waits.
     *
     * @param target where they go.
     * @param offset of the first one there.
     * @param length room in the target.
     * @return bytes received, 0 when there are none.
     */
    public int read(final byte[] target, final int offset, final int length)
    {
        Objects.checkFromIndexSize(offset, length, target.length);
        int count = input.take(target, offset, length);

        if (count < length)
        {
            count += takeFromRing(target, offset + count, length - count);
        }

        return count;
    }

    /**
     * Receive a line: the bytes before CR, LF or CR LF, as UTF-8 (what is no UTF-8 becomes U+FFFD). Never waits.
     *
     * @return the line without its end, or null when there is no whole line yet. What is longer than
     *         {@link #MAX_LINE_LENGTH} comes in pieces.
     */
    public String readLine()
    {
        fillInput();

        if (endsAfterReturn && input.size() > 0)
        {
            if (input.array()[input.head()] == '\n')
            {
                input.skip(1);
                fillInput();
            }

            endsAfterReturn = false;
        }

        int length = input.indexOfLineEnd();
        final boolean isWhole = length >= 0;

        if (!isWhole)
        {
            if (input.room() > 0)
            {
                return null;
            }

            length = input.size();
        }

        final byte[] line = new byte[length];
        input.take(line, 0, length);

        if (isWhole)
        {
            endsAfterReturn = input.array()[input.head()] == '\r';
            input.skip(1);
        }

        return new String(line, UTF_8);
    }

    /**
     * The bell rang: move what can be moved and tell the handlers.
     *
     * @return whether anything in the page had moved since the last time.
     */
    public boolean onEvent()
    {
        final boolean wasDead = isDead();
        final int roomBefore = output.room();
        final boolean isNews = ring.readable() != readableSeen || ring.writable() != writableSeen;

        if (moveToRing())
        {
            notifyRemote.run();
        }

        if (output.room() > roomBefore || wasDead != isDead())
        {
            onWritable.run();
        }

        if (input.size() > 0 || ring.readable() > 0)
        {
            onReadable.run();
        }
        readableSeen = ring.readable();
        writableSeen = ring.writable();

        return isNews;
    }

    /** The backend's end of the channel is gone. What stands in the page stays for its successor. */
    public void onRemoteClosed()
    {
        isRemoteClosed = true;
        onWritable.run();
    }

    /**
     * A backend has bound the channel again.
     *
     * @return as {@link #onEvent}.
     */
    public boolean onRemoteBound()
    {
        isRemoteClosed = false;
        return onEvent();
    }

    private boolean isDead()
    {
        return isRemoteClosed || isOutputViolated;
    }

    private boolean moveToRing()
    {
        boolean moved = false;

        while (output.size() > 0)
        {
            final int count = ring.write(output.array(), output.head(), output.contiguous());
            final boolean isViolated = count == ConsoleRing.PROTOCOL_VIOLATION;
            violationCount += isViolated && !isOutputViolated ? 1 : 0;
            isOutputViolated = isViolated;

            if (count <= 0)
            {
                break;
            }

            output.skip(count);
            moved = true;
        }

        return moved;
    }

    private int takeFromRing(final byte[] target, final int offset, final int length)
    {
        final int count = ring.read(target, offset, length);
        final boolean isViolated = count == ConsoleRing.PROTOCOL_VIOLATION;
        violationCount += isViolated && !isInputViolated ? 1 : 0;
        isInputViolated = isViolated;

        if (count > 0)
        {
            notifyRemote.run();
        }

        return Math.max(count, 0);
    }

    private void fillInput()
    {
        while (input.room() > 0)
        {
            final int tail = (input.head() + input.size()) & (MAX_LINE_LENGTH - 1);
            final int length = Math.min(input.room(), MAX_LINE_LENGTH - tail);
            final int count = takeFromRing(input.array(), tail, length);

            if (count == 0)
            {
                return;
            }

            input.grow(count);
        }
    }
}
