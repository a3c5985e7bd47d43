/**
 * The whole host in one thread: the hypervisor kernel, xenstore, driver domains and guests, each with the classes that
 * it has in its own process, over real memory files, bells and sockets. A {@link org.skerry.tests.sim.Machine} gives
 * them their turns in an order that a seed decides, with its own time; lets bells be heard late and several as one,
 * kills, xenstore also wherever it writes something down, and rewrites what a hostile domain may write. After every
 * step {@link org.skerry.tests.sim.Accounts} counts from scratch what the kernel keeps account of.
 *
 * <p>A failure names its seed. {@code mvn -pl tests -am -Dtest='DomainsSim' -Dskerry.sim.seed=N verify} repeats it;
 * {@code -Dskerry.sim.steps=N} changes how long a run is, {@code -Dskerry.sim.seconds=N} for how long others are tried.
 */
package org.skerry.tests.sim;
