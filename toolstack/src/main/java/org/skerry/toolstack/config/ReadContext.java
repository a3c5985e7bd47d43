package org.skerry.toolstack.config;

import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import org.skerry.toolstack.device.VifDefaults;

/**
 * What a config means depends on where and how it is read.
 *
 * @param workingDirectory  of whoever gave the command; absolute. Relative file names start here.
 * @param searchDirectories tried after it for relative names of kernels and images, in this order; absolute.
 * @param vifDefaults       where interfaces are plugged in that do not say.
 * @param random            source of UUIDs and MAC addresses.
 * @param legacy            read as xm did: the file's name is the domain's, keys may be capital, {@code nics} counts.
 */
public record ReadContext(
    Path workingDirectory,
    List<Path> searchDirectories,
    VifDefaults vifDefaults,
    RandomGenerator random,
    boolean legacy)
{
    /** Directories do not change. */
    public ReadContext
    {
        searchDirectories = List.copyOf(searchDirectories);

        if (!workingDirectory.isAbsolute())
        {
            throw new IllegalArgumentException("working directory is not absolute: " + workingDirectory);
        }
    }
}
