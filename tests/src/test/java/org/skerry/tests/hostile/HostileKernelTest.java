package org.skerry.tests.hostile;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.guest.Domain;
import org.skerry.guest.GuestBoot;
import org.skerry.toolstack.launch.BwrapLauncher;
import org.skerry.toolstack.launch.DomainLauncher;
import org.skerry.toolstack.launch.JavaHeap;
import org.skerry.toolstack.launch.JavaRuntime;
import org.skerry.toolstack.launch.LandlockLauncher;
import org.skerry.toolstack.launch.LaunchSpec;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** A guest's kernel is a stranger's jar on our class path: it must not come to a word before the walls are up. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HostileKernelTest
{
    /** What a class library asks a class path for while it starts, if it asks for anything. */
    private static final List<String> SERVICES = List.of(
        "java.lang.System$LoggerFinder", "java.net.spi.InetAddressResolverProvider",
        "java.net.spi.URLStreamHandlerProvider", "java.nio.channels.spi.SelectorProvider",
        "java.nio.charset.spi.CharsetProvider", "java.nio.file.spi.FileSystemProvider", "java.security.Provider",
        "java.text.spi.DecimalFormatSymbolsProvider", "java.text.spi.NumberFormatProvider",
        "java.time.zone.ZoneRulesProvider", "java.util.random.RandomGenerator",
        "java.util.spi.ResourceBundleControlProvider", "java.util.spi.ToolProvider",
        "sun.util.locale.provider.LocaleDataMetaInfo");

    @TempDir
    private Path directory;

    @Test
    void shouldRunNoCodeOfAKernelBeforeItIsConfined() throws IOException, URISyntaxException
    {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        final JavaRuntime runtime = JavaRuntime.of(EscapeTest.jars(directory.resolve("lib")));
        final DomainLauncher launcher = BwrapLauncher.whyNot() == null ?
            new BwrapLauncher(runtime) : new LandlockLauncher(runtime);
        Assumptions.assumeTrue(BwrapLauncher.whyNot() == null || LandlockLauncher.whyNot() == null,
            "SKIPPED, this machine cannot confine");
        final Path log = directory.resolve("log");

        try (TestHost host = new TestHost())
        {
            final RawDomain domain = host.newUnattachedDomain("guest", 256, 0);
            final int logFd = Fcntl.open(log.toString(), Fcntl.O_CREAT | Fcntl.O_WRONLY, 0600);
            final LaunchedProcess process = launcher.launch(new LaunchSpec(
                "guest", GuestBoot.class.getName(), List.of(Kernel.class.getName()), kernelJar(),
                new JavaHeap(48), 70_200, domain.fd(), logFd));
            Unistd.close(logFd);
            process.exit().orTimeout(40, TimeUnit.SECONDS).join();

            assertEquals("confined", Files.readString(log).strip());
            assertEquals(ShutdownReason.POWEROFF.code(), host.info(1).shutdownReason());
            domain.close();
        }
    }

    /** It has classes of our names, which are broken, and offers a service of every kind, which no class here is. */
    private Path kernelJar() throws IOException
    {
        final Path jar = directory.resolve("kernel.jar");
        try (OutputStream out = Files.newOutputStream(jar); JarOutputStream entries = new JarOutputStream(out))
        {
            for (final Class<?> shadowed : List.of(Domain.class, GuestBoot.class))
            {
                entries.putNextEntry(new JarEntry(shadowed.getName().replace('.', '/') + ".class"));
                entries.write(new byte[]{(byte)0xCA, (byte)0xFE, 0, 0});
                entries.closeEntry();
            }
            for (final String service : SERVICES)
            {
                entries.putNextEntry(new JarEntry("META-INF/services/" + service));
                entries.write(Kernel.class.getName().getBytes(StandardCharsets.UTF_8));
                entries.closeEntry();
            }
        }
        Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-r--r--"));

        return jar;
    }

    /** Runs in the guest's process; the class that says when it was run first. */
    public static final class Kernel
    {
        private static final String STATE = Fcntl.open("/etc/ld.so.cache", 0, 0) == -1 ? "confined" : "not confined";

        private Kernel()
        {
        }

        /**
         * @param domain this guest's.
         */
        public static void boot(final Domain domain)
        {
            System.out.println(domain.domid().value() == 1 ? STATE : "not a domain");
        }
    }
}
