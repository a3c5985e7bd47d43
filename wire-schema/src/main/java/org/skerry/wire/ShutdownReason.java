package org.skerry.wire;

/**
 * Why a domain stopped.
 *
 * <p>Spec: sched.h, SHUTDOWN_*.
 */
public enum ShutdownReason
{
    /** The domain ended itself and is to be destroyed. */
    POWEROFF(0),
    /** The domain is to be destroyed and started again. */
    REBOOT(1),
    /** The domain is to be saved. */
    SUSPEND(2),
    /** The domain, or the process that carries it, died of a fault. */
    CRASH(3),
    /** The domain's watchdog was not fed. */
    WATCHDOG(4),
    /** The domain wants a new kernel in its old clothes. */
    SOFT_RESET(5);

    private final int code;

    ShutdownReason(final int code)
    {
        this.code = code;
    }

    /** @return Xen's number, 0 to 5. */
    public int code()
    {
        return code;
    }

    /**
     * @param code Xen's number.
     * @return the reason, or null when there is none of that number.
     */
    public static ShutdownReason ofCode(final int code)
    {
        return code >= 0 && code < values().length ? values()[code] : null;
    }
}
