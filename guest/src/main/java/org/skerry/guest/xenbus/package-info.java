/**
 * The meeting place of split devices: how a frontend and a backend find each other in xenstore and agree on a state.
 *
 * <p>Each half owns a directory ({@code device/vbd/51712} in the frontend's home, {@code backend/vbd/1/51712} in the
 * backend's), made by the toolstack, and watches the other half's {@code state}. A driver domain makes a
 * {@link org.skerry.guest.xenbus.BackendBus} for each type it serves, a guest a
 * {@link org.skerry.guest.xenbus.FrontendBus}; both call a driver for every device that appears and tell it each state
 * of the other end. A driver sees its directory and the other one through {@link org.skerry.guest.xenbus.XenbusDevice}.
 *
 * <p>The usual life: both Initialising(1); backend InitWait(2); frontend publishes its rings, Initialised(3); backend
 * maps them, Connected(4); frontend Connected(4). To end it either side says Closing(5), and each says Closed(6) when
 * it holds nothing any more. What stands in the other half's nodes is another domain's opinion: nothing in it makes
 * this package throw.
 *
 * <p>Everything belongs to the thread that dispatches the events of the xenstore client. Spec: io/xenbus.h, and the
 * state diagram in io/blkif.h.
 */
package org.skerry.guest.xenbus;
