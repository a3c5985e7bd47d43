package org.skerry.toolstack.config;

import org.skerry.wire.ShutdownReason;

/**
 * What is done with a domain, by the reason for which it stopped.
 *
 * @param onPoweroff  it ended itself.
 * @param onReboot    it wants to be started again.
 * @param onWatchdog  its watchdog was not fed.
 * @param onCrash     it, or the process that carries it, died of a fault.
 * @param onSoftReset it wants a new kernel.
 */
public record ShutdownActions(
    ShutdownAction onPoweroff,
    ShutdownAction onReboot,
    ShutdownAction onWatchdog,
    ShutdownAction onCrash,
    ShutdownAction onSoftReset)
{
    /** What xl does when the config is silent. */
    public static final ShutdownActions DEFAULT = new ShutdownActions(
        ShutdownAction.DESTROY,
        ShutdownAction.RESTART,
        ShutdownAction.DESTROY,
        ShutdownAction.DESTROY,
        ShutdownAction.SOFT_RESET);

    /**
     * @param reason for which the domain stopped.
     * @return what to do.
     */
    public ShutdownAction after(final ShutdownReason reason)
    {
        return switch (reason)
        {
            case POWEROFF -> onPoweroff;
            case REBOOT -> onReboot;
            case SUSPEND -> ShutdownAction.PRESERVE;
            case CRASH -> onCrash;
            case WATCHDOG -> onWatchdog;
            case SOFT_RESET -> onSoftReset;
        };
    }
}
