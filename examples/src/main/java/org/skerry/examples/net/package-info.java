/**
 * A small IP stack for guests that have no operating system: Ethernet, ARP, IPv4 without options and fragments, ICMP
 * echo, UDP and a DHCP client. Whoever wants the network makes an {@link org.skerry.examples.net.IpStack} over a
 * {@link org.skerry.examples.net.FrameDevice} and calls {@code doWork} from the thread that owns both.
 *
 * <p>Nothing here knows where frames come from, what time it is or whence randomness: device, clock and seed come
 * through the constructor, so that two stacks can talk to each other in one thread of a test. Frames are written by
 * others; a bad one is counted and dropped, and no length in it is believed before it has been compared with the length
 * that the device reported. Once running, the stack allocates nothing for a frame; callers of {@code ping} and
 * listeners of DHCP get small records.
 */
package org.skerry.examples.net;
