package org.skerry.toolstack.config;

import java.util.Locale;

/**
 * What is done with a domain that has stopped.
 *
 * <p>Spec: xl.cfg(5), {@code on_poweroff} and its like.
 */
public enum ShutdownAction
{
    /** Take it apart. */
    DESTROY,
    /** Take it apart and build it again from the same config. */
    RESTART,
    /** Keep it under another name and build a new one. */
    RENAME_RESTART,
    /** Keep it as it is. */
    PRESERVE,
    /** Write a core, then take it apart. */
    COREDUMP_DESTROY,
    /** Write a core, then restart. */
    COREDUMP_RESTART,
    /** Give the same domain a fresh start. */
    SOFT_RESET;

    /** @return as a config writes it. */
    public String text()
    {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * @param text as a config writes it.
     * @return the action, or null when there is none of that name.
     */
    public static ShutdownAction ofText(final String text)
    {
        for (final ShutdownAction action : values())
        {
            if (action.text().equals(text))
            {
                return action;
            }
        }

        return null;
    }
}
