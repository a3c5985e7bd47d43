package org.skerry.toolstack.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code skerry image}: fetch-kernel, initrd and make.
 */
@Command(name = "image")
public final class ImageCommand implements Callable<Integer>
{
    private static final String USAGE = """
        Usage: skerry image <command>

         fetch-kernel [--version 6.1|6.12] [--out DIR]
             Fetch Debian's cloud kernel: DIR/vmlinuz and DIR/modules (default: linux-VERSION).
         initrd --kernel-dir DIR [--out FILE]
             Make an initial ram disk with busybox and the frontends of that kernel (default: DIR/initrd).
         make --from DIR|--debian --out FILE [--size MiB]
             Make an ext4 image of a directory, or of a small Debian.

        None of them needs root. What is fetched stays in ${XDG_CACHE_HOME:-~/.cache}/skerry.
        """;

    private final PrintStream out;
    private final Path cache;
    private final Progress progress;

    /**
     * @param out      standard output.
     * @param cache    directory to keep in what is fetched.
     * @param progress hears of long work.
     */
    public ImageCommand(final PrintStream out, final Path cache, final Progress progress)
    {
        this.out = out;
        this.cache = cache;
        this.progress = progress;
    }

    /** @return where this user's caches are: {@code ${XDG_CACHE_HOME:-~/.cache}/skerry}. */
    public static Path userCache()
    {
        final String caches = System.getenv("XDG_CACHE_HOME");
        final Path home = Path.of(System.getenv().getOrDefault("HOME", System.getProperty("user.home")));
        return (caches != null && caches.startsWith("/") ? Path.of(caches) : home.resolve(".cache")).resolve("skerry");
    }

    @Override
    public Integer call()
    {
        out.print(USAGE);
        return ToolstackException.EXIT_FAILURE;
    }

    @Command(name = "help")
    int help()
    {
        out.print(USAGE);
        return 0;
    }

    @Command(name = "fetch-kernel")
    int fetchKernel(
        @Option(names = "--version", defaultValue = "6.1") final String version, @Option(names = "--out") final Path to)
    {
        final Path directory = to == null ? Path.of("linux-" + version) : to;
        KernelDirectory.unpack(archive().fetchKernel(version), directory);
        progress.onStep("");
        out.println(directory.resolve("vmlinuz"));
        return 0;
    }

    @Command(name = "initrd")
    int initrd(
        @Option(names = "--kernel-dir", required = true) final Path kernelDirectory,
        @Option(names = "--out") final Path to)
    {
        final Path file = to == null ? kernelDirectory.resolve("initrd") : to;
        GuestInitrd.write(KernelDirectory.of(kernelDirectory), busybox(archive()), file);
        progress.onStep("");
        out.println(file);
        return 0;
    }

    @Command(name = "make")
    int make(
        @ArgGroup(multiplicity = "1") final Source source,
        @Option(names = "--out", required = true) final Path to,
        @Option(names = "--size", defaultValue = "0") final int sizeMb)
    {
        if (source.isDebian)
        {
            debian(to, sizeMb);
        }
        else
        {
            ExtImage.make(source.from, to, sizeMb);
        }
        progress.onStep("");
        out.println(to);
        return 0;
    }

    /**
     * @param archive to fetch it from.
     * @return the program, linked statically.
     * @throws ToolstackException when it cannot be fetched.
     */
    public static Path busybox(final DebianArchive archive)
    {
        Path unpacked = null;
        try
        {
            final Path deb = archive.fetchAll(List.of("busybox-static")).stream()
                .filter(file -> file.getFileName().toString().startsWith("busybox-static_")).findFirst().orElseThrow();
            final Path kept = deb.resolveSibling(deb.getFileName() + ".busybox");
            if (!Files.exists(kept))
            {
                unpacked = Files.createTempDirectory(deb.getParent(), ".unpacking");
                DebianArchive.unpack(deb, unpacked, List.of("./usr/share"));
                Trees.move(unpacked.resolve("bin/busybox"), kept);
            }
            return kept;
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot unpack busybox-static: " + e.getMessage());
        }
        finally
        {
            Trees.deleteQuietly(unpacked);
        }
    }

    private void debian(final Path to, final int sizeMb)
    {
        Path root = null;
        try (InputStream init = ImageCommand.class.getResourceAsStream("debian-init.sh");
            InputStream poweroff = ImageCommand.class.getResourceAsStream("debian-poweroff.sh"))
        {
            final List<Path> packages = archive().fetchAll(DebianRoot.PACKAGES);
            root = Files.createTempDirectory(cache, ".root");
            progress.onStep("unpacking " + packages.size() + " packages");
            DebianRoot.assemble(packages, root);
            DebianRoot.program(root, "usr/sbin/init", init.readAllBytes());
            DebianRoot.program(root, "usr/sbin/poweroff", poweroff.readAllBytes());
            Files.createSymbolicLink(root.resolve("usr/sbin/reboot"), Path.of("poweroff"));
            ExtImage.make(root, to, sizeMb);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot make " + to + ": " + e.getMessage());
        }
        finally
        {
            Trees.deleteQuietly(root);
        }
    }

    private DebianArchive archive()
    {
        return new DebianArchive(cache.resolve("debian"), progress);
    }

    /** One of both. */
    private static final class Source
    {
        @Option(names = "--from")
        private Path from;
        @Option(names = "--debian")
        private boolean isDebian;
    }
}
