/**
 * How fast the shared ring is, beside what else moves messages on one machine. {@link org.skerry.perf.Xenperf} is the
 * command; {@link org.skerry.perf.ring} measures between processes, {@link org.skerry.perf.jmh} inside of one,
 * {@link org.skerry.perf.link} holds what is measured.
 */
package org.skerry.perf;
