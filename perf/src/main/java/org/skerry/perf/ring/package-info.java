/**
 * The harness of {@code xenperf ring}: it starts every contender once, lets them run in turns, one at a time, and
 * tells what it found and how far to trust it. Start at {@link org.skerry.perf.ring.Measurement}; a
 * {@link org.skerry.perf.ring.Contender} is what takes turns, a {@link org.skerry.perf.ring.Cell} what one turn found.
 */
package org.skerry.perf.ring;
