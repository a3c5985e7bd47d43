/**
 * The hypervisor: the trusted computing base of a Skerry host. It hands out two things, grants and event channels,
 * keeps the memory of every domain, and sees their deaths. It knows no device, no xenstore and no config file, and
 * starts no process. Start at {@link org.skerry.kernel.Hypervisor}; what may be asked stands in {@code hypercall.xml}.
 */
package org.skerry.kernel;
