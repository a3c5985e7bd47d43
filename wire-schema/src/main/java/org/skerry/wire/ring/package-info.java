/**
 * Rings in a page that two domains share, byte for byte as Xen's public headers lay them out. Both halves of a protocol
 * stand side by side, and each half believes nothing that the other can write: indices are checked before they lead
 * anywhere, bytes are copied once and then judged. {@link org.skerry.wire.ring.ConsoleRing} is the ring of bytes.
 */
package org.skerry.wire.ring;
