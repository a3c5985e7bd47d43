package org.skerry.xenstore;

/**
 * What a commit did to one node. When one side is null, everything below the other side came or went with it and is not
 * listed for itself.
 *
 * @param path   of the node.
 * @param before what it was, null for nothing.
 * @param after  what it is, null for nothing. With both sides there, value or permissions were written, and what
 *               happened below is listed for itself.
 */
record Change(String path, Node before, Node after)
{
}
