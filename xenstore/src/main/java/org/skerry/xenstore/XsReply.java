package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;

import org.skerry.wire.Errno;

/** What a request is answered with. */
sealed interface XsReply
{
    /** Done, and there is nothing to tell. */
    XsReply OK = new Payload(new byte[]{'O', 'K', 0});

    /** @return the payload of the message; shared, not to be written. */
    byte[] payload();

    /**
     * Whether a client that got the one could not tell it from the other, apart from numbers that only say that
     * something may have changed. A transaction may be committed when its requests, done again, are answered so.
     */
    boolean isSameObservation(XsReply other);

    /** @return bytes that it holds, about. */
    int length();

    /** @return text and a NUL. */
    static XsReply text(final String text)
    {
        return new Payload((text + '\0').getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Success. */
    record Payload(byte[] payload) implements XsReply
    {
        @Override
        public int length()
        {
            return payload.length;
        }

        @Override
        public boolean isSameObservation(final XsReply other)
        {
            return other instanceof Payload(var bytes) && Arrays.equals(payload, bytes);
        }
    }

    /** Success of DIRECTORY_PART: what is listed counts, the generation before it does not. */
    record Part(long generation, byte[] names) implements XsReply
    {
        @Override
        public byte[] payload()
        {
            final byte[] prefix = prefix(generation);
            final byte[] payload = Arrays.copyOf(prefix, prefix.length + names.length);
            System.arraycopy(names, 0, payload, prefix.length, names.length);
            return payload;
        }

        @Override
        public int length()
        {
            return names.length;
        }

        static byte[] prefix(final long generation)
        {
            return (Long.toString(generation) + '\0').getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public boolean isSameObservation(final XsReply other)
        {
            return other instanceof Part(var _, var bytes) && Arrays.equals(names, bytes);
        }
    }

    /**
     * Success, told in several messages of one request: so many that they are made only when there is room for them.
     *
     * @param rest has at least one.
     */
    record Parts(Iterator<byte[]> rest) implements XsReply
    {
        @Override
        public byte[] payload()
        {
            return rest.next();
        }

        @Override
        public int length()
        {
            return 0;
        }

        @Override
        public boolean isSameObservation(final XsReply other)
        {
            return false;                                        // no request inside a transaction is answered so
        }
    }

    /** An error, by name. */
    record Failure(Errno errno) implements XsReply
    {
        @Override
        public byte[] payload()
        {
            return (errno.name() + '\0').getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public int length()
        {
            return 0;
        }

        @Override
        public boolean isSameObservation(final XsReply other)
        {
            return other instanceof Failure(var otherErrno) && otherErrno == errno;
        }
    }
}
