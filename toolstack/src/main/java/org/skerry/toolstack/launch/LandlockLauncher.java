package org.skerry.toolstack.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.skerry.toolstack.RunDirectory;
import org.skerry.wire.linux.Landlock;

/**
 * Starts a process behind Landlock and a system call filter, without any helper and without namespaces: for machines
 * that do not allow those. It can read the Java runtime and the jars and open nothing else; the filter keeps it from
 * other processes and from the network.
 */
public final class LandlockLauncher implements DomainLauncher
{
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    private final JavaRuntime runtime;
    private final boolean isRoot = RunDirectory.ownUid() == 0;

    /**
     * @param runtime what processes run on.
     */
    public LandlockLauncher(final JavaRuntime runtime)
    {
        this.runtime = runtime;
    }

    /** @return null when Landlock can be used here, or why it cannot. */
    public static String whyNot()
    {
        return Landlock.abi() > 0 ? null : "the Linux kernel has no Landlock (5.13 or newer, enabled at boot)";
    }

    @Override
    public LaunchedProcess launch(final LaunchSpec spec)
    {
        final List<String> command = new ArrayList<>();
        if (isRoot)
        {
            command.addAll(List.of(SETPRIV.toString(), "--inh-caps", "-all", "--bounding-set", "-all"));
            if (spec.uid() != 0 && isReachableByOthers(spec))
            {
                final String id = Integer.toString(spec.uid());
                command.addAll(List.of("--reuid", id, "--regid", id, "--clear-groups"));
            }
            command.addAll(List.of("--no-new-privs", "--"));
        }
        command.addAll(runtime.command(
            spec, spec.kernelJar() == null ? null : spec.kernelJar().toString()));
        final int[] fds = {-1, spec.logFd(), spec.logFd(), spec.connectionFd()};

        return Spawner.spawn(spec.name(), () -> restrict(spec), command, fds, pid -> pid);
    }

    @Override
    public String confinement()
    {
        return "landlock+seccomp";
    }

    private int restrict(final LaunchSpec spec)
    {
        final Landlock.Rules rules = new Landlock.Rules()
            .readExec(runtime.home().toString())
            .readExec("/lib").readExec("/lib64").readExec("/usr/lib").readExec("/usr/lib64")
            .read("/etc/ld.so.cache").read("/dev/urandom").readWrite("/dev/null")
            .read(runtime.lib().toString());
        if (spec.kernelJar() != null)
        {
            rules.read(spec.kernelJar().toString());
        }
        if (isRoot)
        {
            rules.readExec(SETPRIV.toString());
        }

        final int restricted = rules.restrictSelf();

        return restricted < 0 ? restricted : OuterFilter.filter().install(0);
    }

    private boolean isReachableByOthers(final LaunchSpec spec)
    {
        return isReachable(runtime.lib()) && isReachable(runtime.home()) &&
            (spec.kernelJar() == null || isReachable(spec.kernelJar()));
    }

    private static boolean isReachable(final Path path)
    {
        for (Path directory = path.getParent(); directory != null; directory = directory.getParent())
        {
            try
            {
                if (((Integer)Files.getAttribute(directory, "unix:mode") & 1) == 0)
                {
                    return false;
                }
            }
            catch (final IOException e)
            {
                return false;
            }
        }

        return true;
    }
}
