/**
 * The vCPU runner: the process of a Linux guest. An unmodified kernel runs as a Xen PVH domU on /dev/kvm, and this
 * package is the only place where its hypercalls become ours: memory, ports, grants, console and store are those of
 * every other domain. One platform thread for each vCPU, one event loop for all bells.
 */
package org.skerry.pvh;
