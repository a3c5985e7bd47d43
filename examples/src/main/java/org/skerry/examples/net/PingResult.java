package org.skerry.examples.net;

/** What became of one ping. */
public sealed interface PingResult
{
    /** @return the address that was pinged. */
    Ipv4Address address();

    /**
     * The station answered.
     *
     * @param address       that was pinged.
     * @param payloadLength bytes that went there and back.
     * @param ttl           of the answer, 0 to 255.
     * @param rttNs         from handing the request to the stack to the arrival of the answer.
     */
    record Reply(Ipv4Address address, int payloadLength, int ttl, long rttNs) implements PingResult
    {
    }

    /**
     * Nobody said anything in time.
     *
     * @param address that was pinged.
     */
    record TimedOut(Ipv4Address address) implements PingResult
    {
    }

    /**
     * Somebody knows that it cannot be reached.
     *
     * @param address that was pinged.
     * @param from    who says so: a router, or we ourselves when the next hop does not answer ARP.
     * @param code    of the ICMP message, 1 for "host unreachable".
     */
    record Unreachable(Ipv4Address address, Ipv4Address from, int code) implements PingResult
    {
    }
}
