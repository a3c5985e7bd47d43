/**
 * The ways into the kernel. {@link org.skerry.kernel.hypercall.ConnectionRequests} answers what comes over a domain's
 * connection, {@link org.skerry.kernel.hypercall.DomctlRequests} the part of it that is Domain-0's alone,
 * {@link org.skerry.kernel.hypercall.HypercallServer} the slots of its ring. Every message is read once into memory of
 * our own and checked there.
 */
package org.skerry.kernel.hypercall;
