package org.skerry.toolstack;

import java.nio.file.Path;
import java.util.List;

/**
 * Where the files of this program are: what the launcher said by {@code -Dskerry.home} and {@code -Dskerry.lib}.
 *
 * @param home directory with {@code bin/} and {@code examples/}; absolute.
 * @param lib  directory of all jars; absolute.
 */
public record Distribution(Path home, Path lib)
{
    /** System property: {@link #home()}. */
    public static final String HOME_PROPERTY = "skerry.home";

    /** System property: {@link #lib()}. */
    public static final String LIB_PROPERTY = "skerry.lib";

    /** Flags without which neither Agrona nor the calls into C work, and those that make a small JVM. */
    private static final List<String> JVM_FLAGS = List.of(
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:-UsePerfData",
        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED");

    /** Both are absolute: processes of the host have another working directory than its user. */
    public Distribution
    {
        if (!home.isAbsolute() || !lib.isAbsolute())
        {
            throw new IllegalArgumentException("not absolute: home=" + home + ", lib=" + lib);
        }
    }

    /** @return as the launcher said; without a launcher, the working directory and what its build left there. */
    public static Distribution ofProperties()
    {
        final Path home = Path.of(System.getProperty(HOME_PROPERTY, "")).toAbsolutePath();
        final String lib = System.getProperty(LIB_PROPERTY);
        return new Distribution(home, lib == null ? home.resolve("target/dist/lib") : Path.of(lib).toAbsolutePath());
    }

    /** @return directories in which kernels are looked for that are named without one. */
    public List<Path> kernelDirectories()
    {
        return List.of(lib.resolveSibling("kernels"), lib);
    }

    /** @return flags of every JVM that is started from here. */
    public static List<String> jvmFlags()
    {
        return JVM_FLAGS;
    }

    /** @return path of the running JDK's {@code java}. */
    public static Path java()
    {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }
}
