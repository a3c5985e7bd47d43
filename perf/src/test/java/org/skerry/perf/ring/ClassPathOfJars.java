package org.skerry.perf.ring;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * The class path of this test as users have it: a process that confines itself can load classes from jars only.
 */
public final class ClassPathOfJars
{
    private ClassPathOfJars()
    {
    }

    /** @return it, with a jar in the directory for each entry that is none. */
    public static String in(final Path directory) throws IOException
    {
        final List<String> entries = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(":"))
        {
            final Path path = Path.of(entry);
            if (Files.isDirectory(path))
            {
                final Path jar = directory.resolve("classes-" + entries.size() + ".jar");
                pack(path, jar);
                entries.add(jar.toString());
            }
            else if (Files.exists(path))
            {
                entries.add(entry);
            }
        }

        return String.join(":", entries);
    }

    private static void pack(final Path root, final Path jar) throws IOException
    {
        try (OutputStream file = Files.newOutputStream(jar);
            JarOutputStream out = new JarOutputStream(file);
            Stream<Path> tree = Files.walk(root))
        {
            for (final Path path : tree.filter(Files::isRegularFile).toList())
            {
                out.putNextEntry(new ZipEntry(root.relativize(path).toString()));
                Files.copy(path, out);
                out.closeEntry();
            }
        }
    }
}
