package org.skerry.tests.hostile;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

import org.skerry.blkback.BlkDriverDomain;
import org.skerry.guest.Domain;
import org.skerry.guest.xenstore.XenstoreClient;

/**
 * Makes a copy of a build in which the block driver domain has {@link BlkDomainProbe} in it. Of the product's classes
 * one differs, by one call at the beginning of one method.
 */
public final class ProbeDist
{
    private static final ClassDesc BLK = descriptor(BlkDriverDomain.class);
    private static final ClassDesc DOMAIN = descriptor(Domain.class);
    private static final String METHOD = "serve";

    private ProbeDist()
    {
    }

    /**
     * @param args the build, {@code target/dist}, and a directory to be made.
     */
    public static void main(final String[] args) throws IOException
    {
        final Path from = Path.of(args[0]);
        final Path to = Path.of(args[1]);
        for (final String part : List.of("lib", "kernels"))
        {
            Files.createDirectories(to.resolve(part));
            try (Stream<Path> files = Files.list(from.resolve(part)))
            {
                for (final Path file : files.filter(each -> each.toString().endsWith(".jar")).toList())
                {
                    Files.copy(file, to.resolve(part).resolve(file.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
        try (Stream<Path> files = Files.list(to.resolve("lib")))
        {
            takeOver(files.filter(each -> each.getFileName().toString().startsWith("driver-domain-blk")).findFirst()
                .orElseThrow());
        }
    }

    private static void takeOver(final Path jar) throws IOException
    {
        try (FileSystem files = FileSystems.newFileSystem(jar))
        {
            final Path victim = files.getPath(nameOf(BlkDriverDomain.class));
            Files.write(victim, withProbe(Files.readAllBytes(victim)));
            for (final Class<?> each : List.of(BlkDomainProbe.class, MemoryAttempts.class, RawSyscall.class))
            {
                final Path copy = files.getPath(nameOf(each));
                Files.createDirectories(copy.getParent());
                Files.write(copy, each.getResourceAsStream("/" + nameOf(each)).readAllBytes());
            }
        }
    }

    private static byte[] withProbe(final byte[] bytes)
    {
        final ClassFile classFile = ClassFile.of();
        return classFile.transformClass(classFile.parse(bytes), ClassTransform.transformingMethodBodies(
            method -> method.methodName().equalsString(METHOD), new CodeTransform()
            {
                @Override
                public void atStart(final CodeBuilder code)
                {
                    code.aload(0).getfield(BLK, "domain", DOMAIN).aload(1).invokestatic(
                        descriptor(BlkDomainProbe.class), "begin",
                        MethodTypeDesc.of(ConstantDescs.CD_void, DOMAIN, descriptor(XenstoreClient.class)));
                }

                @Override
                public void accept(final CodeBuilder code, final CodeElement element)
                {
                    code.with(element);
                }
            }));
    }

    private static ClassDesc descriptor(final Class<?> type)
    {
        return type.describeConstable().orElseThrow();
    }

    private static String nameOf(final Class<?> type)
    {
        return type.getName().replace('.', '/') + ".class";
    }
}
