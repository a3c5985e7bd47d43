package org.skerry.toolstack.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.skerry.toolstack.ToolstackException;

/**
 * A Debian file tree: packages unpacked, their maintainers' scripts not run.
 */
public final class DebianRoot
{
    /** What a person expects at a shell prompt. */
    public static final List<String> PACKAGES = List.of("base-files", "base-passwd", "bash", "coreutils", "e2fsprogs",
        "findutils", "grep", "gzip", "hostname", "iproute2", "iputils-ping", "kmod", "libc-bin", "mawk", "mount",
        "ncurses-base", "procps", "sed", "tar", "usr-is-merged", "util-linux");

    private static final List<String> EXCLUDES = List.of("./usr/share/doc*", "./usr/share/man", "./usr/share/locale",
        "./usr/share/info", "./usr/share/bash-completion", "./usr/share/lintian", "./usr/share/bug");

    private DebianRoot()
    {
    }

    /**
     * @param packages files of packages, as {@link DebianArchive#fetchAll} gives them.
     * @param root     directory to make.
     * @throws ToolstackException when it cannot be made.
     */
    public static void assemble(final List<Path> packages, final Path root)
    {
        try
        {
            for (final String directory : List.of("bin", "sbin", "lib", "lib64"))
            {
                Files.createDirectories(root.resolve("usr").resolve(directory));
                Files.createSymbolicLink(root.resolve(directory), Path.of("usr", directory));
            }
            packages.forEach(deb -> DebianArchive.unpack(deb, root, EXCLUDES));
            Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/bash\n" +
                "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
            Files.writeString(root.resolve("etc/group"), "root:x:0:\ntty:x:5:\nkvm:x:106:\nnogroup:x:65534:\n");
            Files.writeString(root.resolve("etc/hosts"), "127.0.0.1 localhost\n");
            Files.createDirectories(root.resolve("mnt"));
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot make " + root + ": " + e.getMessage());
        }
    }

    /**
     * @param root    of the tree.
     * @param name    path in it.
     * @param content of a program, which anybody may run.
     * @throws ToolstackException when it cannot be written.
     */
    public static void program(final Path root, final String name, final byte[] content)
    {
        final Path path = root.resolve(name);
        try
        {
            Files.createDirectories(path.getParent());
            Files.deleteIfExists(path);
            Files.write(path, content);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot write " + path + ": " + e.getMessage());
        }
    }

    /**
     * @param root of the tree.
     * @param name path in it.
     * @param text of the file.
     * @throws ToolstackException when it cannot be written.
     */
    public static void text(final Path root, final String name, final String text)
    {
        try
        {
            Files.write(root.resolve(name), text.getBytes(StandardCharsets.UTF_8));
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot write " + root.resolve(name) + ": " + e.getMessage());
        }
    }
}
