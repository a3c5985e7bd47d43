package org.skerry.toolstack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/**
 * The directory in which one running host keeps its sockets. Two hosts with two run directories live side by side and
 * know nothing of each other.
 *
 * <p>{@code $SKERRY_RUN_DIR} if set; else {@code /run/skerry} for root; else {@code $XDG_RUNTIME_DIR/skerry}; else
 * {@code /tmp/skerry-UID}.
 */
public final class RunDirectory
{
    /** Environment variable that overrides the rule. */
    public static final String VARIABLE = "SKERRY_RUN_DIR";

    /** A unix socket's address holds 108 bytes, the last of them zero. */
    private static final int MAX_SOCKET_PATH_LENGTH = 107;

    private final Path path;

    /**
     * @param path of the directory; it need not exist.
     * @throws ToolstackException when the sockets in it would have names too long for the kernel.
     */
    public RunDirectory(final Path path)
    {
        this.path = path.toAbsolutePath().normalize();

        final int length = xenstoreSocket().toString().getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_SOCKET_PATH_LENGTH)
        {
            throw new ToolstackException("run directory name is too long for unix sockets: " + this.path +
                " (set " + VARIABLE + " to a shorter one)");
        }
    }

    /** @return the run directory of this process by its environment and user. */
    public static RunDirectory ofEnvironment()
    {
        return of(System.getenv(), ownUid());
    }

    /**
     * The rule itself.
     *
     * @param environment of the process.
     * @param uid         of the process.
     * @return its run directory.
     */
    public static RunDirectory of(final Map<String, String> environment, final int uid)
    {
        final String chosen = environment.getOrDefault(VARIABLE, "");
        if (!chosen.isEmpty())
        {
            return new RunDirectory(Path.of(chosen));
        }

        if (uid == 0)
        {
            return new RunDirectory(Path.of("/run/skerry"));
        }

        final String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        return new RunDirectory(runtime.isEmpty() ? Path.of("/tmp/skerry-" + uid) : Path.of(runtime, "skerry"));
    }

    /** @return uid of this process. */
    public static int ownUid()
    {
        try
        {
            return (Integer)Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("cannot read /proc/self: " + ex.getMessage());
        }
    }

    /**
     * Make the directory, mode 0700, if it is missing.
     *
     * @return this.
     * @throws ToolstackException when it cannot be made, is no directory, or belongs to somebody else.
     */
    public RunDirectory create()
    {
        try
        {
            final Path parent = path.getParent();
            if (parent != null)
            {
                Files.createDirectories(parent);
            }
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString("rwx------")));
        }
        catch (final FileAlreadyExistsException ignore)
        {
            checkOwned();
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("cannot make run directory " + path + ": " + reasonOf(ex));
        }

        return this;
    }

    /** @return the directory, absolute. */
    public Path path()
    {
        return path;
    }

    /** @return socket on which Domain-0 takes commands. */
    public Path controlSocket()
    {
        return path.resolve("xl.sock");
    }

    /** @return socket of xenstored; the value of {@code XENSTORED_PATH}. */
    public Path xenstoreSocket()
    {
        return path.resolve("xenstored").resolve("socket");
    }

    /** @return socket of the console domain. */
    public Path consoleSocket()
    {
        return path.resolve("console").resolve("socket");
    }

    /** @return what Domain-0 writes to its standard output and error. */
    public Path domain0Log()
    {
        return path.resolve("domain0.log");
    }

    @Override
    public String toString()
    {
        return path.toString();
    }

    private void checkOwned()
    {
        try
        {
            if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS) ||
                (Integer)Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS) != ownUid())
            {
                throw new ToolstackException("run directory " + path + " is not a directory of this user (set " +
                    VARIABLE + " to one that is)");
            }
        }
        catch (final IOException ex)
        {
            throw new ToolstackException("cannot look at run directory " + path + ": " + reasonOf(ex));
        }
    }

    private static String reasonOf(final IOException ex)
    {
        final String kind = ex.getClass().getSimpleName().replace("Exception", "");
        return ex.getMessage() != null ? kind + " " + ex.getMessage() : kind;
    }
}
