/**
 * Event channels: ports per domain, and the bells between two of them. The kernel makes the bells when a channel is
 * bound and hands them to both ends; a notification never passes through it.
 */
package org.skerry.kernel.event;
