package org.skerry.toolstack.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Whole trees of files.
 */
public final class Trees
{
    private Trees()
    {
    }

    /**
     * @param from    a file, or a directory whose content is copied, with times and permissions.
     * @param to      what it shall be.
     * @param isTaken tells of each path below {@code from} whether it is copied; not asked for directories.
     * @throws IOException as files do.
     */
    public static void copy(final Path from, final Path to, final Predicate<Path> isTaken) throws IOException
    {
        final List<Path> paths;
        try (Stream<Path> walk = Files.walk(from))
        {
            paths = walk.toList();
        }
        Files.createDirectories(to.getParent());
        for (final Path path : paths)
        {
            final Path target = to.resolve(from.relativize(path).toString());
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
            {
                Files.createDirectories(target);
            }
            else if (isTaken.test(path))
            {
                Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES, LinkOption.NOFOLLOW_LINKS,
                    StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /**
     * @param from a file or directory.
     * @param to   what it shall be, on the same file system.
     * @throws IOException as files do.
     */
    public static void move(final Path from, final Path to) throws IOException
    {
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * @param root tree to delete; may be missing.
     * @throws IOException as files do.
     */
    public static void delete(final Path root) throws IOException
    {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS))
        {
            return;
        }
        final List<Path> paths;
        try (Stream<Path> walk = Files.walk(root))
        {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (final Path path : paths)
        {
            Files.deleteIfExists(path);
        }
    }

    /**
     * @param root tree of ours that nobody needs any more; null when there is none. What cannot be deleted stays.
     */
    public static void deleteQuietly(final Path root)
    {
        try
        {
            if (root != null)
            {
                delete(root);
            }
        }
        catch (final IOException e)
        {
            System.err.println("cannot tidy " + root + ": " + e.getMessage());
        }
    }

    /**
     * @param root of a tree.
     * @return length of all its files, in bytes, each rounded up to the page.
     * @throws IOException as files do.
     */
    public static long length(final Path root) throws IOException
    {
        try (Stream<Path> walk = Files.walk(root))
        {
            long length = 0;
            for (final Path path : (Iterable<Path>)walk::iterator)
            {
                length += (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.size(path) : 0) + 4095 & ~4095L;
                length += 256;                             // its inode
            }
            return length;
        }
    }
}
