/**
 * The using half of Xen's network protocol. {@link org.skerry.guest.netfront.Netfront} is one vif of this domain: it
 * follows its backend through xenbus, offers it two rings and a pool of pages, and turns them into {@code send} and a
 * handler for frames that come in. {@link org.skerry.guest.netfront.NetfrontRings} is the data plane below it.
 *
 * <p>The backend is another domain and believed as little as any: it can lose frames and it can invent them, but it
 * cannot make this domain read or write anything beyond the pages of the pool. Protocol: the comment on top of
 * {@code netif.xml}.
 */
package org.skerry.guest.netfront;
