/**
 * The serving half of the Xen block protocol, in a driver domain of its own. It meets its frontends only in xenstore
 * and in the pages they grant, and its disks only in the open files that Domain-0 hands over: it cannot open a path.
 *
 * <p>Start at {@link org.skerry.blkback.BlkDriverDomain}, which makes a {@link org.skerry.blkback.Blkback} for every
 * backend directory (the handshake, one small state machine) and has the {@link org.skerry.blkback.BlkbackAgent} serve
 * the {@link org.skerry.blkback.BlkbackRing} of each connected one. A request is copied out of the ring, checked, and
 * executed at once: the {@link org.skerry.blkback.DiskImage} is read straight into the frontend's page when that is
 * mapped ({@link org.skerry.blkback.PersistentGrants}), else through bounce frames and a grant copy.
 *
 * <p>Everything belongs to one thread. What the domain gives the devices stands in
 * {@link org.skerry.blkback.BlkbackHost}, so that all of this also runs in tests without a hypervisor.
 * Protocol: {@code blkif.xml} in wire-schema.
 */
package org.skerry.blkback;
