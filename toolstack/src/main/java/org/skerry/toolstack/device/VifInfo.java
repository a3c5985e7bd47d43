package org.skerry.toolstack.device;

import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/**
 * A virtual network interface of a domain, as xenstore shows it.
 *
 * @param devid       its number.
 * @param backend     domain that serves it.
 * @param frontend    domain that uses it.
 * @param mac         address of the guest's side, as text; empty when the node is missing.
 * @param state       of the frontend.
 * @param eventChannel port in the frontend, or -1 when there is none yet.
 * @param txRingRef   grant of the transmit ring, or -1 when there is none yet.
 * @param rxRingRef   grant of the receive ring, or -1 when there is none yet.
 * @param backendPath directory of the backend.
 */
public record VifInfo(
    int devid,
    Domid backend,
    Domid frontend,
    String mac,
    XenbusState state,
    int eventChannel,
    int txRingRef,
    int rxRingRef,
    String backendPath)
{
}
