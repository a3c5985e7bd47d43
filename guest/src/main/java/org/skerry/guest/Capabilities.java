package org.skerry.guest;

import java.util.LinkedHashMap;
import java.util.Map;

import org.skerry.wire.linux.Unistd;

/**
 * File descriptors that Domain-0 has handed to this domain by name: a disk image {@code vbd/3/51712}, a TAP
 * {@code vif/3/0}, a listening socket {@code listen}. Whoever takes one owns it.
 */
public final class Capabilities implements AutoCloseable
{
    private final Map<String, Integer> waiting = new LinkedHashMap<>();
    private CapabilityHandler handler;

    Capabilities()
    {
    }

    /**
     * Hear of capabilities as they come; those that wait are still there to be taken. A newer one of the same name
     * replaces one that nobody took.
     *
     * @param newHandler runs on the loop.
     */
    public void onCapability(final CapabilityHandler newHandler)
    {
        handler = newHandler;
    }

    /**
     * @param tag its name.
     * @return the descriptor, now the caller's; -1 when it is not (yet) there.
     */
    public int take(final String tag)
    {
        final Integer fd = waiting.remove(tag);
        return fd == null ? -1 : fd;
    }

    /**
     * A capability came.
     *
     * @param tag its name.
     * @param fd  ours from now on.
     * @return the one that it replaces, to be closed; -1 for none.
     */
    int add(final String tag, final int fd)
    {
        final Integer replaced = waiting.put(tag, fd);
        return replaced == null ? -1 : replaced;
    }

    /** Close those that nobody took. */
    @Override
    public void close()
    {
        waiting.values().forEach(Unistd::close);
        waiting.clear();
    }

    void announce(final String tag)
    {
        if (handler != null && waiting.containsKey(tag))
        {
            handler.onCapability(tag);
        }
    }

    /**
     * Hears of a capability.
     */
    public interface CapabilityHandler
    {
        /**
         * @param tag its name; {@link Capabilities#take} gives it.
         */
        void onCapability(String tag);
    }
}
