package org.skerry.toolstack.lab;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.skerry.toolstack.Distribution;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.image.CpioArchive;
import org.skerry.toolstack.image.DebianArchive;
import org.skerry.toolstack.image.DebianRoot;
import org.skerry.toolstack.image.ExtImage;
import org.skerry.toolstack.image.GuestInitrd;
import org.skerry.toolstack.image.ImageCommand;
import org.skerry.toolstack.image.KernelDirectory;
import org.skerry.toolstack.image.Trees;
import org.skerry.toolstack.launch.AotCaches;

/**
 * What the lab boots from, each made once and kept under a name that its inputs give: a kernel, an initial ram disk, a
 * root disk with Debian and Java, and a disk with this program.
 */
final class LabDisks
{
    /** Changes when what is made of the same inputs changes. */
    private static final String FORMAT = "2";
    private static final int KEY_LENGTH = 12;
    private static final List<String> MODULES = List.of("virtio_pci", "virtio_blk", "virtio_console", "ext4",
        "kvm-amd", "bridge", "tun", "loop", "af_packet");
    private static final List<String> MORE_PACKAGES = List.of("bubblewrap", "busybox-static", "xenstore-utils");
    private static final String JDK = "usr/lib/jvm/jdk-25";
    private static final String NOT_TAKEN_OF_JDK =
        ".*/(src\\.zip|ct\\.sym|classes_\\w+\\.jsa|lib\\w*awt\\w*\\.so|libfont\\w+\\.so|libfreetype\\.so)";
    private static final int DATA_LENGTH = 4 << 20;
    private static final int GUEST_DISK_MB = 48;

    /**
     * @param kernel  image.
     * @param initrd  initial ram disk.
     * @param root    first disk.
     * @param project second disk.
     * @param home    where the lab mounts it: where it was made, for prepared quick starts know their jars by path.
     */
    record Boot(Path kernel, Path initrd, Path root, Path project, Path home)
    {
    }

    private final Path cache;
    private final Path directory;
    private final Distribution distribution;
    private final Progress progress;

    LabDisks(final Path cache, final Distribution distribution, final Progress progress)
    {
        this.cache = cache;
        this.directory = cache.resolve("lab");
        this.distribution = distribution;
        this.progress = progress;
    }

    /**
     * @param series   of the lab's kernel.
     * @param guest    series of the kernel that guests in it find.
     * @param packages of Debian that it shall have besides what it always has.
     * @return all that is needed, made as far as it was not there.
     */
    Boot make(final String series, final String guest, final List<String> packages)
    {
        try
        {
            Files.createDirectories(directory);
            try (FileChannel file = FileChannel.open(
                directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = file.lock())
            {
                if (!lock.isValid())
                {
                    throw new IOException("cannot lock it");
                }
                final KernelDirectory kernel = kernel(series);
                return new Boot(kernel.image(), initrd(series, kernel), root(packages), project(guest), home());
            }
        }
        catch (final IOException | UncheckedIOException e)
        {
            throw new ToolstackException("cannot make the lab in " + directory + ": " + e.getMessage());
        }
    }

    private Path home()
    {
        return directory.toAbsolutePath().resolve("skerry");
    }

    private DebianArchive archive()
    {
        return new DebianArchive(cache.resolve("debian"), progress);
    }

    private KernelDirectory kernel(final String series)
    {
        final Path path = directory.resolve("linux-" + series);
        return Files.exists(path.resolve("modules/modules.builtin")) ? KernelDirectory.of(path) :
            KernelDirectory.unpack(archive().fetchKernel(series), path);
    }

    private Path initrd(final String series, final KernelDirectory kernel) throws IOException
    {
        final byte[] init = resource("initrd-init.sh");
        final Path made = directory.resolve("initrd-" + series + "-" +
            key(List.of(MODULES.toString(), text(init), stamp(kernel.image()))) + ".cpio");
        if (!Files.exists(made))
        {
            progress.onStep("making the lab's initial ram disk");
            final Path unfinished = directory.resolve("initrd.unfinished");
            try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(unfinished));
                CpioArchive cpio = new CpioArchive(stream))
            {
                GuestInitrd.busybox(cpio, ImageCommand.busybox(archive()));
                GuestInitrd.modules(cpio, kernel.modules(MODULES));
                cpio.file("init", 0755, init);
            }
            replace("initrd-" + series + "-", unfinished, made);
        }

        return made;
    }

    private Path root(final List<String> morePackages) throws IOException
    {
        final Path java = Path.of(System.getProperty("java.home"));
        final byte[] profile = resource("profile.sh");
        final List<String> packages = new ArrayList<>(DebianRoot.PACKAGES);
        packages.addAll(MORE_PACKAGES);
        packages.addAll(morePackages);
        final String start = morePackages.isEmpty() ? "root-" : "more-";   // one more does not cost the usual one
        final Path made = directory.resolve(start + key(List.of(packages.toString(), text(profile),
            Files.readString(java.resolve("release")), stamp(java.resolve("lib/modules")))) + ".img");
        if (!Files.exists(made))
        {
            final List<Path> debs = archive().fetchAll(packages);
            final Path tree = Files.createTempDirectory(directory, "tree");
            try
            {
                progress.onStep("unpacking " + debs.size() + " Debian packages");
                DebianRoot.assemble(debs, tree);
                DebianRoot.text(tree, "root/.bash_profile", text(profile) + "cd /skerry\n");
                DebianRoot.text(tree, "etc/profile.d/skerry.sh", text(profile));
                Trees.copy(java, tree.resolve(JDK), path -> !path.toString().matches(NOT_TAKEN_OF_JDK) &&
                    !path.startsWith(java.resolve("legal")) && !path.startsWith(java.resolve("jmods")));
                Files.createDirectories(tree.resolve("lab"));
                progress.onStep("making the lab's root disk");
                final Path unfinished = directory.resolve("root.unfinished");
                ExtImage.make(tree, unfinished, 0);
                replace(start, unfinished, made);
            }
            finally
            {
                Trees.deleteQuietly(tree);
            }
        }

        return made;
    }

    private Path project(final String guest) throws IOException
    {
        final KernelDirectory kernel = kernel(guest);
        final Path home = distribution.home();
        final List<String> inputs = new ArrayList<>(List.of(guest, home().toString(), stamp(kernel.image()),
            text(resource("/org/skerry/toolstack/image/guest-init.sh"))));
        for (final Path tree : List.of(distribution.lib(), home.resolve("bin"), home.resolve("examples")))
        {
            inputs.addAll(stamps(tree));
        }
        final Path made = directory.resolve("project-" + key(inputs) + ".img");
        if (!Files.exists(made))
        {
            final Path tree = home();
            try
            {
                Trees.delete(tree);
                Files.createDirectories(tree);
                fill(tree, kernel);
                progress.onStep("making the lab's second disk");
                final Path unfinished = directory.resolve("project.unfinished");
                ExtImage.make(tree, unfinished, 0);
                replace("project-", unfinished, made);
            }
            finally
            {
                Trees.deleteQuietly(tree);
            }
        }

        return made;
    }

    private void fill(final Path tree, final KernelDirectory kernel) throws IOException
    {
        final Path home = distribution.home();
        final Path build = tree.resolve("target/run/current");
        Trees.copy(home.resolve("bin"), tree.resolve("bin"), path -> true);
        Trees.copy(home.resolve("examples"), tree.resolve("examples"),
            path -> path.getParent().equals(home.resolve("examples")) && path.toString().endsWith(".cfg"));
        Trees.copy(distribution.lib(), build.resolve("lib"), path -> path.toString().endsWith(".jar"));
        final Path kernels = distribution.lib().resolveSibling("kernels");
        if (Files.isDirectory(kernels))
        {
            Trees.copy(kernels, build.resolve("kernels"), path -> true);
            Trees.copy(kernels, tree.resolve("examples/target"), path -> true);
        }
        progress.onStep("preparing quick starts");
        AotCaches.record(build.resolve("lib"));
        Files.writeString(build.resolve("stamp"), "");

        progress.onStep("making a Linux guest");
        final Path linux = Files.createDirectories(tree.resolve("examples/linux"));
        Files.copy(kernel.image(), linux.resolve("vmlinuz"));
        GuestInitrd.write(kernel, ImageCommand.busybox(archive()), linux.resolve("initrd"));
        guestDisk(linux.resolve("disk.img"));
    }

    /** A disk that tells whether it was read right. */
    private void guestDisk(final Path image) throws IOException
    {
        final Path content = Files.createTempDirectory(directory, "content");
        try
        {
            final byte[] data = new byte[DATA_LENGTH];
            new Random(0x5ce44).nextBytes(data);
            Files.write(content.resolve("data"), data);
            Files.writeString(content.resolve("data.sha256"),
                HexFormat.of().formatHex(sha256().digest(data)) + "  data\n");
            ExtImage.make(content, image, GUEST_DISK_MB);
        }
        finally
        {
            Trees.deleteQuietly(content);
        }
    }

    /** What has that name and another key is of no use any more; who still runs it has it open. */
    private void replace(final String start, final Path unfinished, final Path made) throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            for (final Path file : files.filter(each -> each.getFileName().toString().startsWith(start)).toList())
            {
                Files.deleteIfExists(file);
            }
        }
        Files.move(unfinished, made, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] resource(final String name) throws IOException
    {
        try (InputStream in = LabDisks.class.getResourceAsStream(name))
        {
            return in.readAllBytes();
        }
    }

    private static String text(final byte[] bytes)
    {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static List<String> stamps(final Path tree) throws IOException
    {
        try (Stream<Path> files = Files.walk(tree))
        {
            return files.filter(Files::isRegularFile).filter(file -> !file.toString().contains("/src/") &&
                !file.toString().endsWith(".aot")).map(LabDisks::stamp).sorted().toList();
        }
    }

    private static String stamp(final Path file)
    {
        try
        {
            return file + " " + Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    private static String key(final List<String> inputs)
    {
        final MessageDigest digest = sha256();
        digest.update(FORMAT.getBytes(StandardCharsets.UTF_8));
        for (final String input : inputs)
        {
            digest.update((byte)0);
            digest.update(input.getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest()).substring(0, KEY_LENGTH);
    }

    private static MessageDigest sha256()
    {
        try
        {
            return MessageDigest.getInstance("SHA-256");
        }
        catch (final NoSuchAlgorithmException e)
        {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
