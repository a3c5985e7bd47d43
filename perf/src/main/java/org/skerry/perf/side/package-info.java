/**
 * The processes that a measurement starts, and how it talks to them: words over a
 * {@link org.skerry.perf.side.ControlChannel}. Each says what it needs of its peer, then does runs until the channel
 * ends. {@link org.skerry.perf.side.DomainSide} is a domain of its own; the others are plain processes.
 */
package org.skerry.perf.side;
