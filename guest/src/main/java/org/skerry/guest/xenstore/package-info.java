/**
 * Xenstore as a domain sees it: nodes, transactions and watches behind one interface,
 * {@link org.skerry.guest.xenstore.XenstoreClient}, with two ways to reach the store. A domain talks over its ring page
 * ({@link org.skerry.guest.xenstore.XenstoreRingClient}, one owner thread), Domain-0 and tools over the unix socket
 * ({@link org.skerry.guest.xenstore.XenstoreSocketClient}, any thread). Protocol: docs/misc/xenstore.txt of Xen and
 * xs_wire.h; layouts in {@code org.skerry.wire.xs}.
 */
package org.skerry.guest.xenstore;
