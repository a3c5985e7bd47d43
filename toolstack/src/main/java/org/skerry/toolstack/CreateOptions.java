package org.skerry.toolstack;

/**
 * How a domain is to be created, beyond what its config file says.
 *
 * @param paused        leave it paused, with its devices connected ({@code xl create -p}).
 * @param obeyOnActions carry out {@code on_poweroff} and its like when the domain stops; false leaves a stopped domain
 *                      as it is ({@code xl create -e}).
 */
public record CreateOptions(boolean paused, boolean obeyOnActions)
{
    /** Run at once, obey the actions. */
    public static final CreateOptions DEFAULT = new CreateOptions(false, true);
}
