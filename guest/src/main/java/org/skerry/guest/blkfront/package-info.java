/**
 * The using half of the Xen block protocol: a guest's disks. {@link org.skerry.guest.blkfront.Blkfronts} finds the
 * domain's devices, {@link org.skerry.guest.blkfront.Blkfront} is one disk: reads, writes and flushes that complete by
 * a callback, and convenient forms of them that wait. Data travels in pages granted to the backend once and used again
 * and again (persistent grants), so that a request costs neither of the two a hypercall.
 *
 * <p>A backend that dies is waited for: requests in flight stay in flight until it is back, and are asked again when it
 * has to begin anew. What the backend says is checked like a stranger's word; one that breaks the protocol costs us the
 * disk, not the domain. Everything belongs to the domain's owner thread. Protocol: {@code blkif.xml} in wire-schema.
 */
package org.skerry.guest.blkfront;
