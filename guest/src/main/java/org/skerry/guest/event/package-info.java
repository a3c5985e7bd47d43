/**
 * Event channels as a domain has them: an {@link org.skerry.guest.event.EventChannel} is one end of one, and
 * {@link org.skerry.guest.event.EventChannels} makes them.
 */
package org.skerry.guest.event;
