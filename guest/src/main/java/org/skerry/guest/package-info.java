/**
 * The domain-side runtime, which every process but the hypervisor uses. A process is one
 * {@link org.skerry.guest.Domain}: it attaches to the hypervisor over fd 3, confines itself, and from then on lives on
 * its {@link org.skerry.guest.EventLoop}. Grants, event channels and xenstore are its rooms; the frontends are guests
 * in it. Everything here belongs to the one thread that attached, unless it says otherwise.
 */
package org.skerry.guest;
