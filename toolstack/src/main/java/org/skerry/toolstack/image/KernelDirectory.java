package org.skerry.toolstack.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.skerry.toolstack.ToolstackException;
import org.tukaani.xz.XZInputStream;

/**
 * A kernel as {@code skerry image fetch-kernel} leaves it: {@code vmlinuz}, {@code config} and {@code modules/}, which
 * is a {@code /lib/modules/RELEASE}.
 */
public final class KernelDirectory
{
    private static final String DEPENDS = "\0depends=";

    private final Path path;
    private final Map<String, Path> modules = new HashMap<>();
    private final Set<String> builtin;

    private KernelDirectory(final Path path) throws IOException
    {
        this.path = path;
        try (Stream<Path> files = Files.walk(path.resolve("modules")))
        {
            files.filter(file -> file.getFileName().toString().matches(".*\\.ko(\\.xz)?"))
                .forEach(file -> modules.put(nameOf(file.getFileName().toString()), file));
        }
        try (Stream<String> lines = Files.lines(path.resolve("modules/modules.builtin")))
        {
            builtin = lines.map(line -> nameOf(line.substring(line.lastIndexOf('/') + 1)))
                .collect(Collectors.toUnmodifiableSet());
        }
    }

    /**
     * @param path of the directory.
     * @return the kernel in it.
     * @throws ToolstackException when there is none.
     */
    public static KernelDirectory of(final Path path)
    {
        if (!Files.isRegularFile(path.resolve("vmlinuz")))
        {
            throw new ToolstackException("no kernel in " + path + " ('skerry image fetch-kernel --out " + path +
                "' puts one there)");
        }
        try
        {
            return new KernelDirectory(path);
        }
        catch (final IOException | UncheckedIOException e)
        {
            throw new ToolstackException("cannot read the modules in " + path + ": " + e.getMessage());
        }
    }

    /**
     * Unpack a kernel package.
     *
     * @param deb  the package file.
     * @param path directory to make or to fill anew.
     * @return the kernel in it.
     * @throws ToolstackException when it cannot be unpacked there.
     */
    public static KernelDirectory unpack(final Path deb, final Path path)
    {
        Path unpacked = null;
        try
        {
            Files.createDirectories(path);
            unpacked = Files.createTempDirectory(path.toAbsolutePath(), ".unpacking");
            DebianArchive.unpack(deb, unpacked, List.of("./usr/share"));
            Trees.delete(path.resolve("modules"));
            Trees.move(only(unpacked.resolve("boot"), "vmlinuz-"), path.resolve("vmlinuz"));
            Trees.move(only(unpacked.resolve("boot"), "config-"), path.resolve("config"));
            Trees.move(only(unpacked.resolve("lib/modules"), ""), path.resolve("modules"));
            return of(path);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot unpack " + deb + " into " + path + ": " + e.getMessage());
        }
        finally
        {
            Trees.deleteQuietly(unpacked);
        }
    }

    /** @return the kernel's image. */
    public Path image()
    {
        return path.resolve("vmlinuz");
    }

    /**
     * @param wanted names of modules.
     * @return them and all that they need, by file name, in an order in which they can be loaded; what the kernel has
     * built in is left out. Contents are unpacked.
     * @throws ToolstackException when the kernel has no such module.
     */
    public Map<String, byte[]> modules(final List<String> wanted)
    {
        final Map<String, byte[]> ordered = new LinkedHashMap<>();
        wanted.forEach(name -> add(nameOf(name), ordered));
        return ordered;
    }

    private void add(final String name, final Map<String, byte[]> ordered)
    {
        if (builtin.contains(name) || ordered.containsKey(name + ".ko"))
        {
            return;
        }
        final Path file = modules.get(name);
        if (file == null)
        {
            throw new ToolstackException("the kernel in " + path + " has no module " + name);
        }

        final byte[] module = read(file);
        for (final String needed : depends(module))
        {
            add(nameOf(needed), ordered);
        }
        ordered.put(name + ".ko", module);
    }

    private static byte[] read(final Path file)
    {
        try
        {
            final byte[] bytes = Files.readAllBytes(file);
            return file.toString().endsWith(".xz") ?
                new XZInputStream(new ByteArrayInputStream(bytes)).readAllBytes() : bytes;
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot read " + file + ": " + e.getMessage());
        }
    }

    /** A module says what it needs in its section .modinfo, a list of strings. */
    private static List<String> depends(final byte[] module)
    {
        final String text = new String(module, StandardCharsets.ISO_8859_1);
        final int start = text.indexOf(DEPENDS);
        if (start < 0)
        {
            return List.of();
        }
        final String list = text.substring(start + DEPENDS.length(), text.indexOf('\0', start + 1));
        return list.isEmpty() ? List.of() : new ArrayList<>(List.of(list.split(",")));
    }

    /** Dash and underscore are one and the same. */
    private static String nameOf(final String file)
    {
        return file.replaceFirst("\\.ko(\\.xz)?$", "").replace('-', '_');
    }

    private static Path only(final Path directory, final String start) throws IOException
    {
        try (Stream<Path> files = Files.list(directory))
        {
            return files.filter(file -> file.getFileName().toString().startsWith(start)).findFirst()
                .orElseThrow(() -> new IOException("no " + start + "* in it"));
        }
    }
}
