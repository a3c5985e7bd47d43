/**
 * Xenstore: the tree of small strings through which Domain-0, driver domains and guests find each other. Start at
 * {@link org.skerry.xenstore.Store}, which is the protocol and does no input or output; its state is one immutable
 * {@link org.skerry.xenstore.Tree}. {@link org.skerry.xenstore.Commits} is the one place where a tree follows another,
 * {@link org.skerry.xenstore.TreeOperations} says what each request makes of it,
 * {@link org.skerry.xenstore.Transaction} when a transaction may be committed, {@link org.skerry.xenstore.WatchTable}
 * who is told. Around it stand the carriers of bytes, and {@link org.skerry.xenstore.XenstoreDomain}, the domain.
 * Protocol: docs/misc/xenstore.txt of Xen.
 */
package org.skerry.xenstore;
