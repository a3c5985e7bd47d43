package org.skerry.toolstack.device;

import java.util.List;
import java.util.Objects;
import org.skerry.wire.MacAddress;

/**
 * One element of {@code vif = [...]}.
 *
 * <p>Spec: xl-network-configuration(5), and {@code switch}, which is ours.
 *
 * @param devid      number of the interface within its domain, from 0.
 * @param mac        address of the guest's side: given, or chosen when the config was read.
 * @param bridge     Linux bridge that gets a TAP of this interface; null when a switch is used.
 * @param switchName learning switch inside the network domain; null when a bridge is used.
 * @param backend    name or id of the domain that serves it; null for the host's own network driver domain.
 * @param ips        addresses the guest may use; empty for any.
 * @param vifname    name of the TAP; null for {@code vifDOMID.DEVID}.
 * @param rate       limit of what the guest sends; null for none.
 * @param model      of an emulated card; not used, null for none.
 * @param mtu        largest payload of a frame, bytes, 68 to 65521.
 * @param gatewaydev host's interface to route to; null for none.
 * @param vlan       as written; null for none.
 * @param trusted    the frontend need not guard itself against the backend.
 */
public record VifSpec(
    int devid,
    MacAddress mac,
    String bridge,
    String switchName,
    String backend,
    List<String> ips,
    String vifname,
    VifRate rate,
    String model,
    int mtu,
    String gatewaydev,
    String vlan,
    boolean trusted)
{
    /** Payload of a frame when nobody says otherwise, bytes. */
    public static final int DEFAULT_MTU = 1500;

    /** An interface is plugged in at exactly one place. */
    public VifSpec
    {
        Objects.requireNonNull(mac);
        ips = List.copyOf(ips);

        if (devid < 0 || (bridge == null) == (switchName == null))
        {
            throw new IllegalArgumentException("vif needs a bridge or a switch: devid=" + devid +
                ", bridge=" + bridge + ", switch=" + switchName);
        }
    }
}
