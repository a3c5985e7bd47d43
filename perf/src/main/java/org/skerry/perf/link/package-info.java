/**
 * What is measured, and the loops around it. A link has a front, which asks, and a back, which answers; every link
 * carries the same 112-byte block requests ({@link org.skerry.perf.link.BlkifTraffic}).
 * {@link org.skerry.perf.link.FrontSide} and {@link org.skerry.perf.link.BackSide} drive the two halves and know
 * nothing of what is between them. Both check every message: a lost, doubled or spoiled one is an error, not a figure.
 *
 * <p>{@link org.skerry.perf.link.SharedRingFront} and {@link org.skerry.perf.link.SharedRingBack} are ours; the others
 * trust the memory that they share, so they belong inside one trust domain and are here to be compared with.
 */
package org.skerry.perf.link;
