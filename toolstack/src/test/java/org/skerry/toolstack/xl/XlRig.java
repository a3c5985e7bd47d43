package org.skerry.toolstack.xl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.control.ControlServer;
import org.skerry.toolstack.device.VifDefaults;

/** A host in memory behind the real server and socket, and the real client in front of them. */
final class XlRig
{
    private final Path work;
    private final MemoryHost host = new MemoryHost();
    private final RunDirectory runDirectory;
    private final ControlServer server;
    private final Thread thread;

    XlRig(final Path work) throws IOException
    {
        this.work = work;
        Files.createDirectories(work.resolve("lib"));
        Files.writeString(work.resolve("k.jar"), "kernel");
        Files.write(work.resolve("a.img"), new byte[4096]);
        write("g.cfg", "name='guest'\nkernel='" + work + "/k.jar'\nmemory=64\ndisk=['file:" + work +
            "/a.img,xvda,w']\nvif=['mac=00:16:3e:00:00:01,switch=lan0']\n");

        runDirectory = new RunDirectory(work.resolve("run")).create();
        server = ControlServer.open(runDirectory.controlSocket(),
            new XlCommands(host, runDirectory, VifDefaults.SWITCH, List.of(work.resolve("lib"))));
        thread = Thread.ofPlatform().start(this::serve);
    }

    MemoryHost host()
    {
        return host;
    }

    RunDirectory runDirectory()
    {
        return runDirectory;
    }

    Path write(final String name, final String text) throws IOException
    {
        return Files.writeString(work.resolve(name), text);
    }

    Ended xl(final String... arguments)
    {
        final List<String> argv = new ArrayList<>(List.of(arguments));
        argv.addFirst("xl");
        return run(argv.toArray(new String[0]));
    }

    Ended run(final String... argv)
    {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int code = new Xl(runDirectory, new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8), 0, 0).run(List.of(argv));
        return new Ended(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Do one thing when the host was asked for something, then another. */
    void follow(final String first, final Runnable then, final String second, final Runnable last)
    {
        try
        {
            host.awaitLog(first);
            then.run();
            host.awaitLog(second);
            last.run();
        }
        catch (final InterruptedException ex)
        {
            throw new AssertionError(ex);
        }
    }

    /** Wait until the server has ended by itself. */
    void awaitEnd() throws InterruptedException
    {
        thread.join();
    }

    void stop() throws InterruptedException
    {
        server.close();
        thread.join();
    }

    private void serve()
    {
        try
        {
            server.run();
        }
        catch (final IOException ex)
        {
            throw new AssertionError(ex);
        }
    }
}
