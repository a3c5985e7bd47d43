package org.skerry.toolstack.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;

/**
 * An ext4 file system in a file, made from a directory. No root is needed; where Linux lets an ordinary user have a
 * user namespace, the user's files belong to root in the image.
 */
public final class ExtImage
{
    private static final int MIN_MB = 16;

    private ExtImage()
    {
    }

    /**
     * @param from   directory with its content.
     * @param out    file to write; one that is there is replaced when the new one is whole.
     * @param sizeMb of the image, MiB; 0 for what the content needs, and as much again.
     * @throws ToolstackException when it cannot be made.
     */
    public static void make(final Path from, final Path out, final int sizeMb)
    {
        if (!Files.isDirectory(from))
        {
            throw new ToolstackException("no such directory: " + from);
        }

        final Path unfinished = out.resolveSibling(out.getFileName() + ".unfinished");
        try
        {
            final long size = sizeMb > 0 ? sizeMb : MIN_MB + (Trees.length(from) * 2 >> 20);
            Files.deleteIfExists(unfinished);
            StockProgram.find("mkfs.ext4", "e2fsprogs").runBy(asRoot(), null,
                List.of("-q", "-F", "-m", "0", "-E", "root_owner=0:0",
                    "-d", from.toAbsolutePath().toString(), unfinished.toString(), size + "M"));
            Files.move(unfinished, out, StandardCopyOption.REPLACE_EXISTING);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot make " + out + ": " + e.getMessage());
        }
        catch (final ToolstackException e)
        {
            Trees.deleteQuietly(unfinished);
            throw e;
        }
    }

    /** What to run a program by, so that it takes the user for root; empty when nothing is needed or possible. */
    private static List<String> asRoot()
    {
        final StockProgram unshare = StockProgram.findOrNull("unshare");
        if (RunDirectory.ownUid() == 0 || unshare == null)
        {
            return List.of();
        }
        try
        {
            unshare.run(null, List.of("-r", "true"));
            return List.of(unshare.path().toString(), "-r");
        }
        catch (final ToolstackException e)
        {
            return List.of();
        }
    }
}
