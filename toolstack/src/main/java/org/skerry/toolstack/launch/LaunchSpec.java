package org.skerry.toolstack.launch;

import java.nio.file.Path;
import java.util.List;

/**
 * A process to be started.
 *
 * @param name         for logs and the host name of its namespace.
 * @param mainClass    on the class path of the runtime.
 * @param arguments    of the main class.
 * @param kernelJar    a guest's kernel, behind the runtime on the class path; or null.
 * @param heap         of its Java.
 * @param uid          user that it runs as when we are root; 0 to keep ours.
 * @param connectionFd becomes its fd 3; stays the caller's.
 * @param logFd        becomes its standard output and error; stays the caller's.
 */
public record LaunchSpec(
    String name, String mainClass, List<String> arguments, Path kernelJar, JavaHeap heap, int uid, int connectionFd,
    int logFd)
{
    /** The lists are ours. */
    public LaunchSpec
    {
        arguments = List.copyOf(arguments);
    }
}
