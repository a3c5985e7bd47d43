/**
 * Xen's public ABI as Java values: identities ({@link org.skerry.wire.Domid}, {@link org.skerry.wire.GrantRef},
 * {@link org.skerry.wire.EventChannelPort}), closed sets ({@link org.skerry.wire.XenbusState},
 * {@link org.skerry.wire.Errno}) and, generated from the schemas in {@code src/main/sbe}, the layouts that two domains
 * share. Nothing here does anything: whoever wants behaviour goes to {@code org.skerry.wire.ring} (the shared rings) or
 * {@code org.skerry.wire.linux} (the system calls).
 */
package org.skerry.wire;
