package org.skerry.toolstack;

import java.nio.file.Path;
import java.util.Objects;
import org.skerry.wire.Domid;

/**
 * Where the console of a domain is served.
 *
 * @param socket    unix socket of the console domain that serves it, an absolute path.
 * @param domid     whose console.
 * @param consoleId which one; the first is 0.
 */
public record ConsoleEndpoint(Path socket, Domid domid, int consoleId)
{
    /** An endpoint names its socket absolutely: client and Domain-0 stand in different directories. */
    public ConsoleEndpoint
    {
        Objects.requireNonNull(domid);

        if (!socket.isAbsolute())
        {
            throw new IllegalArgumentException("socket path is not absolute: " + socket);
        }
    }
}
