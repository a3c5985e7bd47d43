package org.skerry.perf.link;

/**
 * What the two halves of a link do.
 */
public enum RunMode
{
    /** The front sends as fast as there is room; nobody waits for an answer. The back takes the time. */
    ONE_WAY,
    /** The front keeps a number of requests under way and waits for responses. The front takes the time. */
    REQUEST_RESPONSE
}
