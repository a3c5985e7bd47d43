package org.skerry.examples.net;

/** Hears what became of a ping. */
@FunctionalInterface
public interface PingHandler
{
    /** @param result called exactly once for each accepted ping, on the owner's thread. */
    void onPing(PingResult result);
}
