package org.skerry.tests.house;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * Dependencies point one way: reads the class files of all modules and names every edge that breaks the rule of
 * ARCHITECTURE.md.
 */
class DependencyTest
{
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** Package prefix of a module, and the prefixes that it may see. */
    private static final Map<String, List<String>> MAY_SEE = Map.of(
        "org/skerry/wire/", List.of(),
        "org/skerry/kernel/", List.of("org/skerry/wire/"),
        "org/skerry/guest/", List.of("org/skerry/wire/"),
        "org/skerry/pvh/", List.of("org/skerry/wire/", "org/skerry/guest/"),
        "org/skerry/xenstore/", List.of("org/skerry/wire/", "org/skerry/guest/"),
        "org/skerry/blkback/", List.of("org/skerry/wire/", "org/skerry/guest/"),
        "org/skerry/netback/", List.of("org/skerry/wire/", "org/skerry/guest/"),
        "org/skerry/console/", List.of("org/skerry/wire/", "org/skerry/guest/"),
        "org/skerry/toolstack/", List.of("org/skerry/wire/", "org/skerry/guest/"),
        "org/skerry/examples/", List.of("org/skerry/wire/", "org/skerry/guest/"));

    private static final List<String> MODULES = List.of(
        "wire-schema", "hv-kernel", "guest", "hv-pvh", "xenstore", "driver-domain-blk", "driver-domain-net",
        "console-daemon", "toolstack", "examples");

    @Test
    void shouldPointOneWay() throws IOException
    {
        final Set<String> broken = new TreeSet<>();
        int edges = 0;
        for (final ClassModel model : classes())
        {
            final String from = model.thisClass().asInternalName();
            for (final String to : references(model))
            {
                if (to.startsWith("org/skerry/"))
                {
                    edges++;
                    if (!isAllowed(from, to))
                    {
                        broken.add(from + " -> " + to);
                    }
                }
            }
        }

        assertFalse(edges == 0, "no class file was read");
        assertEquals(Set.of(), broken);
    }

    @Test
    void shouldKeepBackendsAwayFromFrontends() throws IOException
    {
        final Set<String> broken = new TreeSet<>();
        for (final ClassModel model : classes())
        {
            final String from = model.thisClass().asInternalName();
            if (from.matches("org/skerry/(blkback|netback|console)/.*"))
            {
                references(model).stream()
                    .filter(to -> to.matches("org/skerry/guest/(blkfront|netfront|consolefront)/.*"))
                    .forEach(to -> broken.add(from + " -> " + to));
            }
        }

        assertEquals(Set.of(), broken);
    }

    @Test
    void shouldCallIntoLinuxFromOnePackageOnly() throws IOException
    {
        final Set<String> broken = new TreeSet<>();
        for (final ClassModel model : classes())
        {
            final String from = model.thisClass().asInternalName();
            if (!from.startsWith("org/skerry/wire/linux/"))
            {
                references(model).stream()
                    .filter(to -> to.equals("java/lang/foreign/Linker") || to.equals("java/lang/foreign/SymbolLookup"))
                    .forEach(to -> broken.add(from + " -> " + to));
            }
        }

        assertEquals(Set.of(), broken);
    }

    @Test
    void shouldKeepTheKernelIgnorantOfXenstoreAndDevices() throws IOException
    {
        final Set<String> broken = new TreeSet<>();
        for (final ClassModel model : classes())
        {
            final String from = model.thisClass().asInternalName();
            if (from.startsWith("org/skerry/kernel/"))
            {
                references(model).stream()
                    .filter(to -> to.matches("org/skerry/wire/(xs|xs_wire|blkif|netif|console)/.*") ||
                        to.equals("org/skerry/wire/XenbusState"))
                    .forEach(to -> broken.add(from + " -> " + to));
            }
        }

        assertEquals(Set.of(), broken);
    }

    private static boolean isAllowed(final String from, final String to)
    {
        for (final Map.Entry<String, List<String>> rule : MAY_SEE.entrySet())
        {
            if (from.startsWith(rule.getKey()))
            {
                return to.startsWith(rule.getKey()) || rule.getValue().stream().anyMatch(to::startsWith);
            }
        }

        return false;
    }

    private static List<ClassModel> classes() throws IOException
    {
        final List<ClassModel> models = new ArrayList<>();
        for (final String module : MODULES)
        {
            final Path output = ROOT.resolve(module).resolve("target/classes");
            try (Stream<Path> files = Files.walk(output))
            {
                for (final Path file : files.filter(path -> path.toString().endsWith(".class")).toList())
                {
                    models.add(ClassFile.of().parse(file));
                }
            }
        }

        return models;
    }

    private static Set<String> references(final ClassModel model)
    {
        final Set<String> names = new TreeSet<>();
        for (final PoolEntry entry : model.constantPool())
        {
            if (entry instanceof ClassEntry reference)
            {
                names.add(reference.asInternalName().replaceFirst("^\\[+L", "").replaceFirst(";$", ""));
            }
        }

        return names;
    }
}
