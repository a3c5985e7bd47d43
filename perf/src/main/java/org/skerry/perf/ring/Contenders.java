package org.skerry.perf.ring;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

import org.skerry.perf.side.AeronSide;
import org.skerry.perf.side.AgronaSide;
import org.skerry.perf.side.ControlChannel;
import org.skerry.perf.side.DomainSide;
import org.skerry.perf.side.JctoolsSide;
import org.skerry.perf.side.MediaDriverSide;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Brings all contenders to where their first turn can begin. Their processes start side by side.
 */
final class Contenders implements AutoCloseable
{
    private static final int START_TIMEOUT_MS = 30_000;
    private static final String FRONT = "front";
    private static final String BACK = "back";

    private final Children children;
    private final String frontCpu;
    private final String backCpu;
    private final boolean isConfined = Children.canConfine();
    private final List<Contender> all = new ArrayList<>();
    private volatile AeronDirectory aeronDirectory;

    /**
     * @param children starts processes.
     * @param frontCpu processor of every front, or -1.
     * @param backCpu  processor of every back, or -1.
     */
    Contenders(final Children children, final int frontCpu, final int backCpu)
    {
        this.children = children;
        this.frontCpu = Integer.toString(frontCpu);
        this.backCpu = Integer.toString(backCpu);
        Runtime.getRuntime().addShutdownHook(new Thread(this::abandon, "abandon"));
    }

    /**
     * Start what is wanted.
     *
     * @param kinds in no order.
     * @return them, in the order of their turns.
     * @throws MeasurementException when one does not come up.
     */
    List<Contender> start(final Set<ContenderKind> kinds)
    {
        final List<Runnable> meetings = new ArrayList<>();
        if (kinds.contains(ContenderKind.AERON))
        {
            meetings.add(startAeron());
        }
        if (kinds.contains(ContenderKind.ONETOONE))
        {
            meetings.add(startAgrona(ContenderKind.ONETOONE, "1"));
        }
        if (kinds.contains(ContenderKind.MANYTOONE))
        {
            meetings.add(startAgrona(ContenderKind.MANYTOONE, "n"));
        }
        if (kinds.contains(ContenderKind.JCTOOLS))
        {
            meetings.add(startJctools());
        }
        if (kinds.contains(ContenderKind.RING) || kinds.contains(ContenderKind.BELLS))
        {
            meetings.add(startDomains(kinds));
        }
        meetings.forEach(Runnable::run);
        all.sort(Comparator.comparing(Contender::kind));

        return List.copyOf(all);
    }

    /** @return whether the domains have confined themselves. */
    boolean isConfined()
    {
        return isConfined;
    }

    @Override
    public void close()
    {
        children.close();
        removeFiles();
    }

    /** The user has had enough. */
    private void abandon()
    {
        children.kill();
        removeFiles();
    }

    private void removeFiles()
    {
        if (aeronDirectory != null)
        {
            aeronDirectory.remove();
        }
    }

    private Runnable startDomains(final Set<ContenderKind> kinds)
    {
        final DomainZero host = new DomainZero(children);
        final String confine = Boolean.toString(isConfined);
        final DomainZero.RunningDomain front = host.create(FRONT, DomainSide.class, List.of(FRONT, frontCpu, confine));
        final DomainZero.RunningDomain back = host.create(BACK, DomainSide.class, List.of(BACK, backCpu, confine));

        return () ->
        {
            front.process().send(front.process().control(), "peer " + back.domid());
            final String[] ring = receive(front.process(), front.process().control(), "ring").split(" ");
            back.process().send(
                back.process().control(), "peer " + front.domid() + ' ' + ring[1] + ' ' + ring[2]);
            awaitConnected(back.process(), back.process().control());
            awaitConnected(front.process(), front.process().control());
            for (final ContenderKind kind : List.of(ContenderKind.RING, ContenderKind.BELLS))
            {
                if (kinds.contains(kind))
                {
                    all.add(new Contender(
                        kind, front.process(), front.process().control(), back.process(), back.process().control(),
                        host.hypervisor(), false));
                }
            }
        };
    }

    private Runnable startAeron()
    {
        aeronDirectory = new AeronDirectory();
        final String directory = aeronDirectory.path().toString();
        final ChildProcess driver =
            children.start("Aeron's media driver", MediaDriverSide.class, List.of(directory), -1);

        return () ->
        {
            awaitConnected(driver, driver.control());
            final ChildProcess front =
                children.start("Aeron's front", AeronSide.class, List.of(FRONT, frontCpu, directory), -1);
            final ChildProcess back =
                children.start("Aeron's back", AeronSide.class, List.of(BACK, backCpu, directory), -1);
            awaitConnected(front, front.control());
            awaitConnected(back, back.control());
            final Contender contender = new Contender(
                ContenderKind.AERON, front, front.control(), back, back.control(), driver, true);
            contender.pause();
            all.add(contender);
        };
    }

    private Runnable startAgrona(final ContenderKind kind, final String producers)
    {
        final int memory = SysMman.memfdCreate("xenperf-" + kind.key(), SysMman.MFD_CLOEXEC);
        final int result = memory < 0 ? memory : Unistd.ftruncate(memory, AgronaSide.MEMORY_LENGTH);
        if (result < 0)
        {
            throw new MeasurementException("cannot make a memory file: " + Errno.nameOf(result));
        }
        final ChildProcess front = children.start(
            kind.title() + ", front", AgronaSide.class, List.of(FRONT, frontCpu, producers), -1, memory);
        final ChildProcess back = children.start(
            kind.title() + ", back", AgronaSide.class, List.of(BACK, backCpu, producers), -1, memory);
        Unistd.close(memory);

        return () ->
        {
            awaitConnected(front, front.control());
            awaitConnected(back, back.control());
            all.add(new Contender(kind, front, front.control(), back, back.control(), null, false));
        };
    }

    private Runnable startJctools()
    {
        final long pair = Children.socketpair();
        final ChildProcess process = children.start(
            "JCTools", JctoolsSide.class, List.of(frontCpu, backCpu), -1, SysSocket.second(pair));
        Unistd.close(SysSocket.second(pair));
        final ControlChannel backControl = new ControlChannel(SysSocket.first(pair));

        return () ->
        {
            awaitConnected(process, process.control());
            awaitConnected(process, backControl);
            all.add(new Contender(
                ContenderKind.JCTOOLS, process, process.control(), process, backControl, null, false));
        };
    }

    private static void awaitConnected(final ChildProcess process, final ControlChannel control)
    {
        receive(process, control, "connected");
    }

    private static String receive(final ChildProcess process, final ControlChannel control, final String word)
    {
        final String line = process.receive(control, START_TIMEOUT_MS);
        if (!line.startsWith(word))
        {
            throw new MeasurementException(process.name() + " said what was not asked: " + line);
        }

        return line;
    }
}
