package org.skerry.toolstack.host;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import org.skerry.toolstack.CreateOptions;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;

/**
 * What Domain-0 knows of one domain. Its fields are guarded by the object.
 */
final class HostDomain
{
    private final Domid domid;
    private final String name;
    private final UUID uuid;
    private final DomainConfig config;
    private final CreateOptions options;
    private final ServiceKind service;
    private final Instant startedAt = Instant.now();
    private final CompletableFuture<ShutdownReason> shutdown = new CompletableFuture<>();
    private final CompletableFuture<Void> gone = new CompletableFuture<>();
    private final List<DeviceFile> deviceFiles = new CopyOnWriteArrayList<>();
    private LaunchedProcess process;
    private boolean isPaused;
    private boolean isDying;

    HostDomain(
        final Domid domid, final String name, final UUID uuid, final DomainConfig config,
        final CreateOptions options, final ServiceKind service)
    {
        this.domid = domid;
        this.name = name;
        this.uuid = uuid;
        this.config = config;
        this.options = options;
        this.service = service;
    }

    Domid domid()
    {
        return domid;
    }

    String name()
    {
        return name;
    }

    UUID uuid()
    {
        return uuid;
    }

    /** @return null for a service. */
    DomainConfig config()
    {
        return config;
    }

    /** @return null for a service. */
    CreateOptions options()
    {
        return options;
    }

    /** @return null for a guest. */
    ServiceKind service()
    {
        return service;
    }

    Instant startedAt()
    {
        return startedAt;
    }

    /** @return completes when it has stopped. */
    CompletableFuture<ShutdownReason> shutdown()
    {
        return shutdown;
    }

    /** @return completes when nothing of it is left. */
    CompletableFuture<Void> gone()
    {
        return gone;
    }

    /** @return what its backends were handed. */
    List<DeviceFile> deviceFiles()
    {
        return deviceFiles;
    }

    synchronized LaunchedProcess process()
    {
        return process;
    }

    synchronized void process(final LaunchedProcess launched)
    {
        process = launched;
    }

    synchronized boolean isPaused()
    {
        return isPaused;
    }

    synchronized void paused(final boolean paused)
    {
        isPaused = paused;
    }

    synchronized boolean isDying()
    {
        return isDying;
    }

    /** @return whether the caller is the one to take it apart. */
    synchronized boolean beginDying()
    {
        final boolean isFirst = !isDying;
        isDying = true;
        return isFirst;
    }
}
