/**
 * Event channels: ports per domain, and the bells between two of them. The kernel makes the bells when a channel is
 * bound and hands them to both ends; a notification never passes through it. The bits of the 2-level ABI, for a guest
 * that has a shared info page, are the business of the process that carries that guest. Start at
 * {@link org.skerry.kernel.event.PortTable}.
 */
package org.skerry.kernel.event;
