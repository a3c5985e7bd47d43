/**
 * Event channels: ports per domain, and the bells between two of them. The kernel makes the bells when a channel is
 * bound and hands them to both ends; a notification never passes through it, except to a domain that keeps its pending
 * bits in a {@link org.skerry.kernel.event.SharedInfo}, for which the kernel listens. Start at
 * {@link org.skerry.kernel.event.PortTable}.
 */
package org.skerry.kernel.event;
