package org.skerry.toolstack.control;

import java.io.IOException;

/**
 * Where answers to a command go.
 */
@FunctionalInterface
public interface AnswerSink
{
    /**
     * @param answer to send; all of it is sent.
     * @throws IOException when the other side is gone.
     */
    void send(ControlMessage answer) throws IOException;
}
