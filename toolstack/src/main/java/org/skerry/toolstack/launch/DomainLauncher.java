package org.skerry.toolstack.launch;

/**
 * A way to start a process behind an outer wall.
 */
public interface DomainLauncher
{
    /**
     * Start a process. It has fds 0 to 3 and no other, nothing of our environment, and cannot outlive us.
     *
     * @param spec what to start.
     * @return the process; it runs.
     * @throws org.skerry.toolstack.ToolstackException when it cannot be started.
     */
    LaunchedProcess launch(LaunchSpec spec);

    /** @return the wall in one word, for {@code xl list -Z}. */
    String confinement();
}
