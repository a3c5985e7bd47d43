package org.skerry.toolstack.device;

/**
 * Where an interface is plugged in that does not say.
 *
 * @param bridge     Linux bridge, or null to use a switch.
 * @param switchName switch inside the network domain, or null to use a bridge.
 */
public record VifDefaults(String bridge, String switchName)
{
    /** What root has: Xen's bridge. */
    public static final VifDefaults BRIDGE = new VifDefaults("xenbr0", null);

    /** What an ordinary user has: TAPs are not for them. */
    public static final VifDefaults SWITCH = new VifDefaults(null, "xensw0");

    /** One of the two. */
    public VifDefaults
    {
        if ((bridge == null) == (switchName == null))
        {
            throw new IllegalArgumentException("bridge or switch: bridge=" + bridge + ", switch=" + switchName);
        }
    }
}
