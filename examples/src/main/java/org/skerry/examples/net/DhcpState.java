package org.skerry.examples.net;

/**
 * Where the DHCP client stands.
 *
 * <p>Spec: RFC 2131, figure 5. Without INIT-REBOOT: a guest keeps nothing over its death.
 */
public enum DhcpState
{
    /** Not started. */
    STOPPED,
    /** DISCOVER is out. */
    SELECTING,
    /** REQUEST for an offer is out. */
    REQUESTING,
    /** The address is ours, and young. */
    BOUND,
    /** The address is ours; its server has been asked for more time. */
    RENEWING,
    /** The address is ours; any server has been asked for more time. */
    REBINDING
}
