/**
 * How this domain calls the hypervisor: {@link org.skerry.guest.hypercall.HypervisorConnection} for what carries file
 * descriptors and for events, {@link org.skerry.guest.hypercall.HypercallRing} for all that comes often.
 */
package org.skerry.guest.hypercall;
