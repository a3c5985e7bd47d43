package org.skerry.toolstack.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.skerry.toolstack.Progress;
import org.skerry.toolstack.ToolstackException;

/**
 * Packages of Debian 12, fetched by apt with its signatures checked, into a directory of our own: apt's state there
 * says that nothing is installed, so no root is needed, the machine's own packages do not matter, and the machine does
 * not change.
 */
public final class DebianArchive
{
    private static final String CODENAME = "bookworm";
    private static final String KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
    private static final Pattern INSTALLED = Pattern.compile("Inst (\\S+) \\((\\S+) .*\\[(\\w+)]\\).*");
    private static final Pattern KERNEL = Pattern.compile("Depends:.*\\b(linux-image-\\S*-cloud-amd64)\\b.*");

    private final Path directory;
    private final Progress progress;

    /**
     * @param directory to keep apt's state and the packages in.
     * @param progress  hears what is fetched.
     * @throws ToolstackException when the directory cannot be written.
     */
    public DebianArchive(final Path directory, final Progress progress)
    {
        this.directory = directory.toAbsolutePath();
        this.progress = progress;
        try
        {
            Files.createDirectories(this.directory.resolve("lists/partial"));
            Files.createDirectories(this.directory.resolve("archives/partial"));
            Files.writeString(this.directory.resolve("status"), "");
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot write " + directory + ": " + e.getMessage());
        }
    }

    /**
     * Fetch packages with all that they depend on.
     *
     * @param packages names.
     * @return the package files.
     * @throws ToolstackException when apt cannot have them; {@link ToolstackException#EXIT_UNAVAILABLE} when Debian
     *                            cannot be reached.
     */
    public List<Path> fetchAll(final List<String> packages)
    {
        update();
        final List<String> names = new ArrayList<>(List.of("-s", "install"));
        names.addAll(packages);
        final List<Path> files = apt("apt-get", null, names).lines()
            .map(INSTALLED::matcher).filter(Matcher::matches)
            .map(match -> directory.resolve("archives").resolve(
                match.group(1) + "_" + match.group(2).replace(":", "%3a") + "_" + match.group(3) + ".deb"))
            .toList();
        if (!files.stream().allMatch(Files::exists))
        {
            progress.onStep("fetching " + files.size() + " Debian packages");
            names.set(0, "--download-only");
            fetch("apt-get", null, names);
        }

        return files;
    }

    /**
     * Fetch the cloud kernel of a series.
     *
     * @param series 6.1 or 6.12.
     * @return the package file.
     * @throws ToolstackException when apt cannot have it; {@link ToolstackException#EXIT_UNAVAILABLE} when Debian
     *                            cannot be reached.
     */
    public Path fetchKernel(final String series)
    {
        update();
        final String meta = switch (series)
        {
            case "6.1" -> "linux-image-cloud-amd64";
            case "6.12" -> "linux-image-6.12-cloud-amd64";
            default -> throw new ToolstackException(
                "no such kernel: " + series + " (6.1 and 6.12 are Debian 12's)", ToolstackException.EXIT_USAGE);
        };
        final String name = fetch("apt-cache", null, List.of("show", "--no-all-versions", meta)).lines()
            .map(KERNEL::matcher).filter(Matcher::matches).map(match -> match.group(1)).findFirst()
            .orElseThrow(() -> new ToolstackException("apt knows no package " + meta +
                ": are Debian's security sources among apt's?", ToolstackException.EXIT_UNAVAILABLE));

        progress.onStep("fetching " + name);
        final Path archives = directory.resolve("archives");
        fetch("apt-get", archives, List.of("download", name));
        try (Stream<Path> files = Files.list(archives))
        {
            return files.filter(file -> file.getFileName().toString().startsWith(name + "_"))
                .max(Comparator.comparing(DebianArchive::modified)).orElseThrow();
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot read " + archives + ": " + e.getMessage());
        }
    }

    /**
     * Unpack one package.
     *
     * @param deb      the package file.
     * @param root     directory to unpack into; links to directories in it are followed.
     * @param excludes patterns of tar that name what is left out.
     * @throws ToolstackException when it cannot be unpacked.
     */
    public static void unpack(final Path deb, final Path root, final List<String> excludes)
    {
        final String dpkg = StockProgram.find("dpkg-deb", "dpkg").path().toString();
        final List<String> tar = new ArrayList<>(List.of(StockProgram.find("tar", "tar").path().toString(),
            "-x", "--keep-directory-symlink", "--no-same-owner", "-C", root.toString()));
        excludes.forEach(exclude -> tar.add("--exclude=" + exclude));
        try
        {
            final List<Process> processes = ProcessBuilder.startPipeline(List.of(
                StockProgram.builder(List.of(dpkg, "--fsys-tarfile", deb.toString()), null)
                    .redirectError(ProcessBuilder.Redirect.DISCARD),
                StockProgram.builder(tar, null).redirectErrorStream(true)));
            final String said = new String(processes.getLast().getInputStream().readAllBytes());
            for (final Process process : processes)
            {
                if (process.waitFor() != 0)
                {
                    throw new ToolstackException("cannot unpack " + deb + ": " + said.lines().findFirst().orElse(""));
                }
            }
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot unpack " + deb + ": " + e.getMessage());
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
            throw new ToolstackException("interrupted while " + deb + " was unpacked");
        }
    }

    /** Lists of a day are new enough; without a network older ones have to do. */
    private void update()
    {
        final Path stamp = directory.resolve("updated");
        if (Files.exists(stamp) && System.currentTimeMillis() - modified(stamp) < 24 * 3600 * 1000L)
        {
            return;
        }

        progress.onStep("reading Debian's package lists");
        try
        {
            fetch("apt-get", null, List.of("update"));
            Files.writeString(stamp, "");
        }
        catch (final ToolstackException e)
        {
            if (!Files.exists(stamp))
            {
                throw e;
            }
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot write " + stamp + ": " + e.getMessage());
        }
    }

    /** What fails when Debian cannot be reached: apt takes lists that it could not read for empty ones. */
    private String fetch(final String program, final Path workingDirectory, final List<String> arguments)
    {
        try
        {
            return apt(program, workingDirectory, arguments);
        }
        catch (final ToolstackException e)
        {
            throw new ToolstackException(e.getMessage(), ToolstackException.EXIT_UNAVAILABLE, e);
        }
    }

    private String apt(final String program, final Path workingDirectory, final List<String> arguments)
    {
        final List<String> all = new ArrayList<>();
        for (final String option : options())
        {
            all.addAll(List.of("-o", option));
        }
        all.add("-q");
        all.add("-y");
        all.addAll(arguments);
        if ("apt-cache".equals(program))
        {
            all.remove("-y");
        }

        return StockProgram.find(program, "apt").run(workingDirectory, all);
    }

    private List<String> options()
    {
        final List<String> options = new ArrayList<>(List.of(
            "Dir::State=" + directory,
            "Dir::State::status=" + directory.resolve("status"),
            "Dir::State::lists=" + directory.resolve("lists"),
            "Dir::Cache=" + directory,
            "Dir::Cache::archives=" + directory.resolve("archives"),
            "APT::Architecture=amd64",
            "APT::Sandbox::User=",
            "APT::Install-Recommends=false",
            "APT::Keep-Downloaded-Packages=true",
            "Acquire::Retries=3",
            "Debug::NoLocking=true"));
        if (!isBookworm())
        {
            options.add("Dir::Etc::sourcelist=" + ownSources());
            options.add("Dir::Etc::sourceparts=-");
        }

        return options;
    }

    /** A machine of this very release has sources of its own, and perhaps a mirror that is all that it can reach. */
    private static boolean isBookworm()
    {
        try (Stream<String> lines = Files.lines(Path.of("/etc/os-release")))
        {
            return lines.anyMatch(("VERSION_CODENAME=" + CODENAME)::equals);
        }
        catch (final IOException e)
        {
            return false;
        }
    }

    private Path ownSources()
    {
        if (!Files.exists(Path.of(KEYRING)))
        {
            throw new ToolstackException(KEYRING + " is not there (apt install debian-archive-keyring)",
                ToolstackException.EXIT_UNAVAILABLE);
        }

        final String debian = "deb [signed-by=" + KEYRING + "] http://deb.debian.org/";
        final Path sources = directory.resolve("sources.list");
        try
        {
            return Files.writeString(sources,
                debian + "debian " + CODENAME + " main\n" +
                debian + "debian-security " + CODENAME + "-security main\n");
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot write " + sources + ": " + e.getMessage());
        }
    }

    private static long modified(final Path path)
    {
        try
        {
            return Files.getLastModifiedTime(path).toMillis();
        }
        catch (final IOException e)
        {
            return 0;
        }
    }
}
