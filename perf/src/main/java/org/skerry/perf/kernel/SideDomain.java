package org.skerry.perf.kernel;

import java.util.List;

import org.skerry.perf.ring.ChildProcess;
import org.skerry.perf.ring.DomainZero;
import org.skerry.perf.ring.MeasurementException;
import org.skerry.perf.side.KernelSide;

/**
 * A domain in a process of its own that does what it is told, see {@link KernelSide}.
 *
 * @param domid   its number.
 * @param process carries it.
 */
record SideDomain(int domid, ChildProcess process)
{
    private static final int PATIENCE_MS = 60_000;

    static SideDomain start(final DomainZero host, final String name, final int cpu, final boolean isConfined)
    {
        final DomainZero.RunningDomain domain = host.create(
            name, KernelSide.class, List.of(Integer.toString(cpu), Boolean.toString(isConfined)));
        return new SideDomain(domain.domid(), domain.process());
    }

    void tell(final String line)
    {
        process.send(process.control(), line);
    }

    String hear()
    {
        return process.receive(process.control(), PATIENCE_MS);
    }

    String ask(final String line)
    {
        tell(line);
        return hear();
    }

    /** @return the number behind the word. */
    int number(final String line, final String word)
    {
        final String answer = ask(line);
        if (!answer.startsWith(word + ' '))
        {
            throw new MeasurementException(process.name() + " answers " + line + " with " + answer);
        }

        return Integer.parseInt(answer.substring(word.length() + 1));
    }

    /** Make a channel between two domains, and forget its first ring. */
    void connect(final SideDomain peer)
    {
        final int port = number("alloc " + peer.domid, "port");
        peer.ask("bind " + domid + ' ' + port);
        ask("quiet");
        peer.ask("quiet");
    }
}
