package org.skerry.toolstack.launch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.EventLoop;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.FdCount;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

/**
 * What the launcher runs after a build, to record the classes of the domains' processes ahead of time: it loads all of
 * ours and does once what every domain does at its start. It needs no host and leaves nothing behind.
 */
final class AotTraining
{
    private static final int LENGTH = 1 << 16;

    private AotTraining()
    {
    }

    /**
     * @param args none; all jars of the class path are looked at.
     * @throws IOException when a jar cannot be read.
     */
    public static void main(final String[] args) throws IOException
    {
        for (final String jar : System.getProperty("java.class.path").split(":"))
        {
            loadClasses(Path.of(jar));
        }
        startLikeADomain();
    }

    private static void loadClasses(final Path path) throws IOException
    {
        try (JarFile jar = new JarFile(path.toFile()))
        {
            for (final JarEntry entry : (Iterable<JarEntry>)jar.stream()::iterator)
            {
                final String name = entry.getName();
                if (name.startsWith("org/skerry/") && name.endsWith(".class") && !name.contains("-info"))
                {
                    load(name.substring(0, name.length() - ".class".length()).replace('/', '.'));
                }
            }
        }
    }

    private static void load(final String name)
    {
        try
        {
            Class.forName(name, false, AotTraining.class.getClassLoader());
        }
        catch (final ClassNotFoundException | NoClassDefFoundError e)
        {
            System.err.println("not recorded: " + name);
        }
    }

    private static void startLikeADomain()
    {
        final EventLoop loop = new EventLoop();
        final int bell = Eventfd.create();
        loop.onReadable(bell, () -> Eventfd.drain(bell));
        Eventfd.signal(bell);
        loop.schedule(TimeUnit.MILLISECONDS.toNanos(1), loop::stop);
        loop.execute(() -> Eventfd.signal(bell));
        loop.run();

        final int memory = SysMman.memfdCreate("training", SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING);
        Unistd.ftruncate(memory, LENGTH);
        final long address = SysMman.mmap(
            0, LENGTH, SysMman.PROT_READ | SysMman.PROT_WRITE, SysMman.MAP_SHARED, memory, 0);
        final UnsafeBuffer page = new UnsafeBuffer(address, LENGTH);
        page.putIntRelease(0, page.getIntVolatile(0) + 1);
        SysMman.segment(address, LENGTH).fill((byte)1);

        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET);
        final UnsafeBuffer message = new UnsafeBuffer(ByteBuffer.allocateDirect(LENGTH));
        final int[] fds = {memory};
        SysSocket.sendFds(SysSocket.first(pair), message.addressOffset(), 8, fds, 1, 0);
        SysSocket.recvFds(
            SysSocket.second(pair), message.addressOffset(), LENGTH, fds, new FdCount(), SysSocket.MSG_DONTWAIT);
        System.err.println(String.format("%s %5.1f", List.of("trained"), 0.0));
    }
}
