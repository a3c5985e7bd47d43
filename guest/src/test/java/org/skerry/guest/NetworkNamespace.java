package org.skerry.guest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Netdevice;
import org.skerry.wire.linux.Sched;
import org.skerry.wire.linux.Tun;
import org.skerry.wire.linux.Unistd;

/**
 * A network of its own for a test: made for a thread, inherited by the programs it starts, gone with the last of both.
 */
public final class NetworkNamespace
{
    private static final long TIME_LIMIT_MS = 60_000;

    private NetworkNamespace()
    {
    }

    /** What a test does in there. */
    @FunctionalInterface
    public interface Body
    {
        void run() throws Exception;
    }

    /**
     * Say why a test cannot run here.
     *
     * @param programs stock programs that it starts.
     * @return null when it can.
     */
    public static String whyNot(final String... programs)
    {
        if (Unistd.getuid() != 0)
        {
            return "needs root, for a network namespace and a TAP";
        }
        if (!Files.exists(Path.of("/dev/net/tun")))
        {
            return "needs /dev/net/tun";
        }
        for (final String program : programs)
        {
            if (find(program) == null)
            {
                return "needs the program " + program;
            }
        }

        return null;
    }

    /** Run a body in a new namespace, in a thread of its own, within a minute. What it throws is thrown here. */
    public static void inNew(final Body body) throws Exception
    {
        final Exception[] failure = new Exception[1];
        final Error[] error = new Error[1];
        final Thread thread = Thread.ofPlatform().name("namespace").daemon().start(() ->
        {
            try
            {
                require(Sched.unshare(Sched.CLONE_NEWNET), "unshare");
                require(Netdevice.setUp("lo"), "lo up");
                body.run();
            }
            catch (final Exception exception)
            {
                failure[0] = exception;
            }
            catch (final AssertionError assertion)
            {
                error[0] = assertion;
            }
        });
        thread.join(TIME_LIMIT_MS);

        if (thread.isAlive())
        {
            final AssertionError hung = new AssertionError("not done within " + TIME_LIMIT_MS + " ms");
            hung.setStackTrace(thread.getStackTrace());
            throw hung;
        }
        if (failure[0] != null)
        {
            throw failure[0];
        }
        if (error[0] != null)
        {
            throw error[0];
        }
    }

    /**
     * Make a TAP as Domain-0 does, up and with an address.
     *
     * @return its file.
     */
    public static int openTap(final String name, final int address, final int prefixLength)
    {
        final int fd = require(Tun.open(name, Tun.IFF_TAP | Tun.IFF_NO_PI), "TAP");
        require(Netdevice.setAddress(name, address, prefixLength), "address");
        require(Netdevice.setUp(name), "up");
        return fd;
    }

    /** Start a program in the namespace of the calling thread; what it says comes by its input stream. */
    public static Process start(final String... command) throws IOException
    {
        command[0] = find(command[0]);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** @return all that a program said, which has ended or will at once. */
    public static String outputOf(final Process process) throws IOException, InterruptedException
    {
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor(10, TimeUnit.SECONDS);
        return output;
    }

    private static String find(final String program)
    {
        for (final String folder : new String[]{"/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"})
        {
            if (Files.isExecutable(Path.of(folder + program)))
            {
                return folder + program;
            }
        }

        return null;
    }

    private static int require(final int result, final String what)
    {
        if (result < 0)
        {
            throw new IllegalStateException(what + ": " + Errno.nameOf(result));
        }

        return result;
    }
}
