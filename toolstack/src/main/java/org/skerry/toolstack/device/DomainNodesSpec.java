package org.skerry.toolstack.device;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.skerry.wire.Domid;

/**
 * What xenstore says of a domain itself.
 *
 * @param domid       which.
 * @param name        of it.
 * @param uuid        of it.
 * @param memoryKb    it shall hold, KiB.
 * @param maxMemoryKb it may ever hold, KiB.
 * @param vcpus       online.
 * @param maxVcpus    there ever may be.
 * @param startedAt   when it was created.
 */
public record DomainNodesSpec(
    Domid domid,
    String name,
    UUID uuid,
    long memoryKb,
    long maxMemoryKb,
    int vcpus,
    int maxVcpus,
    Instant startedAt)
{
    /** All is known. */
    public DomainNodesSpec
    {
        Objects.requireNonNull(domid);
        Objects.requireNonNull(name);
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(startedAt);
    }
}
