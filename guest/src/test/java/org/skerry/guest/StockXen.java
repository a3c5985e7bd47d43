package org.skerry.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Programs of the distribution's Xen that need no hypervisor. Debian keeps those of each release apart; what has their
 * names in {@code PATH} looks for the running Xen's release first, and fails where there is none.
 */
public final class StockXen
{
    private static final Path RELEASES = Path.of("/usr/lib");

    private StockXen()
    {
    }

    /**
     * @param name as {@code xenstore-control}.
     * @return where it is, of any release.
     */
    public static Optional<Path> program(final String name)
    {
        try (DirectoryStream<Path> releases = Files.newDirectoryStream(RELEASES, "xen-*"))
        {
            for (final Path release : releases)
            {
                final Path program = release.resolve("bin").resolve(name);
                if (Files.isExecutable(program))
                {
                    return Optional.of(program);
                }
            }

            return Optional.empty();
        }
        catch (final IOException e)
        {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @param name of a program that is not there.
     * @return why a test is skipped.
     */
    public static String missing(final String name)
    {
        return "peer missing: " + name + " (Debian: package xen-utils and its release, as xen-utils-4.17)";
    }
}
