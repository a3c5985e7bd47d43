package org.skerry.perf.link;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Is told of messages that came over a link.
 */
@FunctionalInterface
public interface MessageHandler
{
    /**
     * @param buffer holds the message until this returns.
     * @param offset of the message.
     */
    void onMessage(UnsafeBuffer buffer, int offset);
}
