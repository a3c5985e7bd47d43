/**
 * Starting the processes that carry domains, each behind its outer wall. A
 * {@link org.skerry.toolstack.launch.LaunchSpec} says what, a {@link org.skerry.toolstack.launch.DomainLauncher} how:
 * with namespaces ({@link org.skerry.toolstack.launch.BwrapLauncher}) where the machine lets us, else with Landlock and
 * a system call filter ({@link org.skerry.toolstack.launch.LandlockLauncher}). The inner wall is the process's own:
 * {@link org.skerry.wire.confinement.ConfinementProfile}.
 */
package org.skerry.toolstack.launch;
