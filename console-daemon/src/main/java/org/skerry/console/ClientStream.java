package org.skerry.console;

/** A client's connection as the server needs it: bytes both ways, never waiting. */
interface ClientStream
{
    /** Answer of {@link #read} and {@link #write} when that direction will never work again. */
    int END_OF_STREAM = -1;

    /** @return bytes read into the beginning of the target, 0 when there are none now, or {@link #END_OF_STREAM}. */
    int read(byte[] target, int length);

    /** @return bytes taken, 0 when the client does not keep up, or {@link #END_OF_STREAM} when it is gone. */
    int write(byte[] source, int offset, int length);

    /** @return whether the client closed both directions: nobody is there, even when nothing was written yet. */
    boolean isGone();

    /** Say which events the server wants to hear of; a client that is gone is always heard of. */
    void interest(boolean toRead, boolean toWrite);

    /** @return process at the other end as the kernel sees it from here; 0 when it lives out of our sight. */
    int peerPid();

    /** @return user at the other end, as the kernel says. */
    int peerUid();

    /** End the connection. Once. */
    void close();
}
