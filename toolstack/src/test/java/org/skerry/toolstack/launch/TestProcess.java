package org.skerry.toolstack.launch;

import java.util.ArrayList;
import java.util.List;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

/** Real processes, started as domains are, without walls. */
public final class TestProcess
{
    private TestProcess()
    {
    }

    /**
     * @param main on the class path of the tests.
     * @param args of it.
     * @return a Java in a session of its own.
     */
    public static LaunchedProcess java(final Class<?> main, final String... args)
    {
        final int out = Fcntl.open("/dev/null", Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        try
        {
            final List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Xmx512m", "-XX:-UsePerfData", "-XX:-UseContainerSupport",
                "-cp", System.getProperty("java.class.path"), main.getName()));
            command.addAll(List.of(args));

            return Spawner.spawn(main.getSimpleName(), () -> 0, command, new int[] {-1, out, out}, pid -> pid);
        }
        finally
        {
            Unistd.close(out);
        }
    }
}
