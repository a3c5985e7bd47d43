package org.skerry.toolstack.xl;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.skerry.toolstack.control.AnswerSink;
import org.skerry.toolstack.control.ControlMessage;

/**
 * Holds output back until it is known whether anybody shall see it.
 */
final class ByteGate implements AnswerSink
{
    private final PrintStream out;
    private final PrintStream err;
    private final List<ControlMessage.Output> held = new ArrayList<>();

    ByteGate(final PrintStream out, final PrintStream err)
    {
        this.out = out;
        this.err = err;
    }

    @Override
    public void send(final ControlMessage answer)
    {
        if (answer instanceof ControlMessage.Output output)
        {
            held.add(output);
        }
    }

    void release()
    {
        for (final ControlMessage.Output output : held)
        {
            final PrintStream stream = output.stream() == ControlMessage.Output.STANDARD_ERROR ? err : out;
            stream.write(output.bytes(), 0, output.bytes().length);
            stream.flush();
        }
        held.clear();
    }
}
