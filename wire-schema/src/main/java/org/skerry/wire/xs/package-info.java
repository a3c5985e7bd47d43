/**
 * The wire of xenstore, for both ends of it: operations ({@link org.skerry.wire.xs.XsOp}), what a path may look like
 * ({@link org.skerry.wire.xs.XenstorePath}) and one half of the ring page ({@link org.skerry.wire.xs.XenstoreRing}).
 * The layouts are generated from {@code xs_wire.xml} into {@code org.skerry.wire.xswire}. The server stands in
 * {@code org.skerry.xenstore}, the client in {@code org.skerry.guest.xenstore}.
 */
package org.skerry.wire.xs;
