/**
 * {@code xenperf kernel} and {@code xenperf hostile}: what the hypervisor costs, and what one domain can make it cost
 * the others.
 */
package org.skerry.perf.kernel;
