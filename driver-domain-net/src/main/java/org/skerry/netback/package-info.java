/**
 * The serving half of Xen's network protocol. A {@link org.skerry.netback.NetDriverDomain} owns every vif of this
 * driver domain; it meets its frontends only in xenstore and in the pages they grant.
 *
 * <p>Direction is the frontend's, also here: tx leaves the guest. A frame that a guest sends is copied out of granted
 * pages into our own memory ({@link org.skerry.netback.TxServer}), goes up to where the vif is plugged in
 * ({@link org.skerry.netback.Uplink}: a {@link org.skerry.netback.LearningSwitch} or a TAP), waits in the bounded queue
 * of each receiver ({@link org.skerry.netback.RxQueue}) and is copied into the pages that the receiver offers
 * ({@link org.skerry.netback.RxServer}). All of it on one thread; nothing is allocated for a frame. Protocol: the
 * comment on top of {@code netif.xml}.
 */
package org.skerry.netback;
