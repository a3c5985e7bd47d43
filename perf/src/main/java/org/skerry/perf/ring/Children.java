package org.skerry.perf.ring;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.skerry.perf.side.ControlChannel;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Spawn;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * Starts processes with the Java and the class path of this one, all with the same flags, and ends them all. They die
 * with the thread that started them, whatever becomes of it.
 */
public final class Children implements AutoCloseable
{
    private static final int NO_FD = -1;
    private static final int STANDARD_ERROR = 2;

    /** With plain card marks the two ends of a JCTools queue would write one line more for every message. */
    private static final List<String> FLAGS = List.of(
        "-XX:+UseSerialGC", "-XX:+UseCondCardMark", "-XX:-UsePerfData", "-Xms32m", "-Xmx64m",
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED");

    private final List<String> command = new ArrayList<>();
    private final List<ChildProcess> started = new CopyOnWriteArrayList<>();
    private boolean isOver;

    /**
     * @param boundsChecks whether Agrona checks every access.
     * @param extraFlags   of the user, for all processes.
     */
    public Children(final boolean boundsChecks, final List<String> extraFlags)
    {
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        command.add("-Dagrona.disable.bounds.checks=" + !boundsChecks);
        command.addAll(extraFlags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    }

    /**
     * A process that confines itself can load no class from a directory any more, only from jars that are open.
     *
     * @return whether everything comes from jars.
     */
    public static boolean canConfine()
    {
        return Arrays.stream(System.getProperty("java.class.path").split(":"))
            .allMatch(entry -> Files.isRegularFile(Path.of(entry)));
    }

    /**
     * Start a process that has a control channel.
     *
     * @param name         for messages.
     * @param mainClass    on our class path.
     * @param arguments    of the main class.
     * @param connectionFd becomes its fd 3, or -1; stays the caller's.
     * @param extraFds     become its fds from 5 on; stay the caller's.
     * @return the process.
     * @throws MeasurementException when it cannot be started.
     */
    ChildProcess start(
        final String name, final Class<?> mainClass, final List<String> arguments, final int connectionFd,
        final int... extraFds)
    {
        final long pair = socketpair();
        final int[] fds = new int[ControlChannel.CONTROL_FD + 1 + extraFds.length];
        fds[0] = NO_FD;
        fds[1] = STANDARD_ERROR;                        // our own output is the table
        fds[2] = STANDARD_ERROR;
        fds[3] = connectionFd;
        fds[ControlChannel.CONTROL_FD] = SysSocket.second(pair);
        System.arraycopy(extraFds, 0, fds, ControlChannel.CONTROL_FD + 1, extraFds.length);
        try
        {
            return spawn(
                name, mainClass, arguments, fds, new ControlChannel(SysSocket.first(pair)), SysSocket.first(pair));
        }
        finally
        {
            Unistd.close(SysSocket.second(pair));
        }
    }

    /**
     * Start a process that is told nothing: it ends when its connection does.
     *
     * @param name         for messages.
     * @param mainClass    on our class path.
     * @param arguments    of the main class.
     * @param connectionFd becomes its fd 3; stays the caller's.
     * @param ownFd        the other end of its connection; closed when it shall end.
     * @return the process.
     * @throws MeasurementException when it cannot be started.
     */
    ChildProcess startWithoutControl(
        final String name, final Class<?> mainClass, final List<String> arguments, final int connectionFd,
        final int ownFd)
    {
        return spawn(
            name, mainClass, arguments, new int[]{NO_FD, STANDARD_ERROR, STANDARD_ERROR, connectionFd}, null, ownFd);
    }

    /**
     * @return both ends of a SOCK_SEQPACKET pair, ours to close.
     * @throws MeasurementException when Linux has none for us.
     */
    public static long socketpair()
    {
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        if (pair < 0)
        {
            throw new MeasurementException("cannot make a socket pair: " + Errno.nameOf(pair));
        }

        return pair;
    }

    /** End all processes, those that were started last first. */
    @Override
    public void close()
    {
        for (final ChildProcess child : started.reversed())
        {
            child.unpause();
            child.hangUp();
        }
        for (final ChildProcess child : started.reversed())
        {
            child.reap();
        }
        started.clear();
    }

    /** End all processes at once, and start none any more. Any thread. */
    public synchronized void kill()
    {
        isOver = true;
        started.forEach(ChildProcess::kill);
    }

    private synchronized ChildProcess spawn(
        final String name, final Class<?> mainClass, final List<String> arguments, final int[] fds,
        final ControlChannel control, final int hangUpFd)
    {
        if (isOver)
        {
            throw new MeasurementException("ended");
        }
        final List<String> argv = new ArrayList<>(command);
        argv.add(mainClass.getName());
        argv.addAll(arguments);
        final int pid = Spawn.spawn(argv.getFirst(), argv, List.of(), fds);
        if (pid < 0)
        {
            throw new MeasurementException("cannot start " + name + " (" + argv.getFirst() + "): " +
                Errno.nameOf(pid));
        }
        final ChildProcess child = new ChildProcess(name, pid, control, hangUpFd);
        started.add(child);

        return child;
    }
}
