/**
 * The shared ring of Xen's split devices: one or more pages in which a front puts requests and a back puts responses,
 * both into the same slots. {@link org.skerry.wire.ring.RingLayout} describes the pages,
 * {@link org.skerry.wire.ring.FrontRing} and {@link org.skerry.wire.ring.BackRing} are the two halves; each lives in
 * its own domain, belongs to one thread, allocates nothing after construction and believes nothing the other half
 * wrote.
 *
 * <p>The life of one request: the front claims a slot, encodes the request and pushes; the back copies the slot to
 * memory of its own, serves it, claims the slot of a response, encodes and pushes; the front polls the response. A push
 * says whether the other half asked for a bell ({@code req_event} and {@code rsp_event} are the indices at which it
 * wants one), and a half that runs out of work calls {@code finalCheckFor...} before it sleeps.
 *
 * <p>Indices are free-running 32-bit numbers: they are subtracted, compared unsigned, and masked only to address a
 * slot. Spec: io/ring.h.
 */
package org.skerry.wire.ring;
