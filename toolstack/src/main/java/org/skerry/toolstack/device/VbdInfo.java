package org.skerry.toolstack.device;

import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/**
 * A virtual disk of a domain, as xenstore shows it.
 *
 * @param vdev        its number.
 * @param backend     domain that serves it.
 * @param frontend    domain that uses it.
 * @param state       of the frontend.
 * @param eventChannel port in the frontend, or -1 when there is none yet.
 * @param ringRef     grant of the ring, or -1 when there is none yet.
 * @param backendPath directory of the backend.
 */
public record VbdInfo(
    int vdev,
    Domid backend,
    Domid frontend,
    XenbusState state,
    int eventChannel,
    int ringRef,
    String backendPath)
{
}
