/**
 * Benchmarks inside of one process, by JMH: the ring, the codecs of its slots, the bells. Each that touches memory
 * through Agrona is there twice, with its bounds checks and without.
 */
package org.skerry.perf.jmh;
