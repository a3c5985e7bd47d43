package org.skerry.toolstack.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.skerry.toolstack.ToolstackException;

/**
 * A program of the distribution, called as a user calls it. One that is missing is named with its Debian package.
 *
 * @param path of the program; absolute.
 */
public record StockProgram(Path path)
{
    /** mkfs and its like live where an ordinary user's PATH may not look. */
    private static final List<String> MORE_DIRECTORIES = List.of("/usr/sbin", "/sbin");

    private static final int MAX_LENGTH = 1 << 22;

    /**
     * @param name          of the program.
     * @param debianPackage that holds it.
     * @return the program.
     * @throws ToolstackException when it is not installed, {@link ToolstackException#EXIT_UNAVAILABLE}.
     */
    public static StockProgram find(final String name, final String debianPackage)
    {
        final StockProgram found = findOrNull(name);
        if (found == null)
        {
            throw new ToolstackException(name + " is not installed (Debian: apt install " + debianPackage + ")",
                ToolstackException.EXIT_UNAVAILABLE);
        }

        return found;
    }

    /**
     * @param name of the program.
     * @return the program, or null.
     */
    public static StockProgram findOrNull(final String name)
    {
        final String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.concat(Stream.of(path.split(":")), MORE_DIRECTORIES.stream())
            .filter(directory -> directory.startsWith("/"))
            .map(directory -> Path.of(directory, name))
            .filter(Files::isExecutable).findFirst().map(StockProgram::new).orElse(null);
    }

    /**
     * Run it, with nothing on its standard input and in the C locale.
     *
     * @param directory it works in, or null for our own.
     * @param arguments of the program.
     * @return what it wrote on standard output.
     * @throws ToolstackException when it fails, with the last line of what it wrote.
     */
    public String run(final Path directory, final List<String> arguments)
    {
        return runBy(List.of(), directory, arguments);
    }

    /**
     * As {@link #run}, by another program.
     *
     * @param runner    that program and its own arguments; empty for none.
     * @param directory it works in, or null for our own.
     * @param arguments of this program.
     * @return what it wrote on standard output.
     */
    String runBy(final List<String> runner, final Path directory, final List<String> arguments)
    {
        final List<String> command = new ArrayList<>(runner);
        command.add(path.toString());
        command.addAll(arguments);
        try
        {
            final Path err = Files.createTempFile("skerry-", ".err");
            try
            {
                final Process process = builder(command, directory).redirectError(err.toFile()).start();
                process.getOutputStream().close();
                final String out =
                    new String(process.getInputStream().readNBytes(MAX_LENGTH), StandardCharsets.UTF_8);
                if (process.waitFor() != 0)
                {
                    final String complaint = Files.readString(err, StandardCharsets.ISO_8859_1);
                    throw failure(complaint.isBlank() ? out : complaint);
                }
                return out;
            }
            finally
            {
                Files.deleteIfExists(err);
            }
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot run " + path + ": " + e.getMessage());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted while " + path + " ran");
        }
    }

    /**
     * @param command   program and arguments.
     * @param directory to work in, or null for our own.
     * @return its process to be.
     */
    static ProcessBuilder builder(final List<String> command, final Path directory)
    {
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(Map.of("LC_ALL", "C", "DEBIAN_FRONTEND", "noninteractive"));
        return directory == null ? builder : builder.directory(directory.toFile());
    }

    private ToolstackException failure(final String said)
    {
        final List<String> lines = said.lines().filter(line -> !line.isBlank()).toList();
        return new ToolstackException(path.getFileName() + " fails: " +
            lines.stream().filter(line -> line.startsWith("E: ")).findFirst()
                .orElse(lines.isEmpty() ? "and says nothing" : lines.getLast()));
    }
}
