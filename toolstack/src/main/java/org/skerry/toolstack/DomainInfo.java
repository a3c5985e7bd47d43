package org.skerry.toolstack;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;

/**
 * A domain as the hypervisor and Domain-0 see it at one moment.
 *
 * @param domid          who.
 * @param name           as in its config.
 * @param uuid           as in its config.
 * @param memoryKb       what it holds now, KiB.
 * @param maxMemoryKb    most that it may hold, KiB; not less than it holds.
 * @param vcpus          that are online.
 * @param state          what it is doing.
 * @param shutdownReason why it stopped; null while it has not.
 * @param cpuTimeNs      that it has used since it was created.
 * @param startedAt      when it was created.
 * @param service        true for Domain-0 and the domains that serve the host: {@code shutdown -a} passes them by.
 * @param pid            of the process that carries it; 0 when there is none any more.
 * @param confinement    how far its process is locked in, one word ({@code full}, {@code reduced}, {@code none}).
 */
public record DomainInfo(
    Domid domid,
    String name,
    UUID uuid,
    long memoryKb,
    long maxMemoryKb,
    int vcpus,
    State state,
    ShutdownReason shutdownReason,
    long cpuTimeNs,
    Instant startedAt,
    boolean service,
    int pid,
    String confinement)
{
    /** Letters of {@code xl list} by reason; a domain that powered itself off has none. */
    private static final String REASON_LETTERS = "-rscwS";

    /** A domain that says why it stopped has stopped. */
    public DomainInfo
    {
        Objects.requireNonNull(domid);
        Objects.requireNonNull(name);
        Objects.requireNonNull(uuid);
        Objects.requireNonNull(startedAt);
        Objects.requireNonNull(confinement);

        if (state.shutdown() != (shutdownReason != null))
        {
            throw new IllegalArgumentException("shutdown without reason or reason without shutdown: domid=" + domid);
        }
    }

    /** @return the six letters of {@code xl list}: running, blocked, paused, shutdown, its reason, dying. */
    public String stateLetters()
    {
        return "" +
            (state.running() ? 'r' : '-') +
            (state.blocked() ? 'b' : '-') +
            (state.paused() ? 'p' : '-') +
            (state.shutdown() ? 's' : '-') +
            (state.shutdown() ? REASON_LETTERS.charAt(shutdownReason.code()) : '-') +
            (state.dying() ? 'd' : '-');
    }

    /**
     * What a domain is doing.
     *
     * @param running  it is on a CPU now.
     * @param blocked  it waits for an event.
     * @param paused   it was stopped by its owner.
     * @param shutdown it has stopped itself or was found dead, and still exists.
     * @param dying    it is being taken apart.
     */
    public record State(boolean running, boolean blocked, boolean paused, boolean shutdown, boolean dying)
    {
        /** On a CPU. */
        public static final State RUNNING = new State(true, false, false, false, false);
        /** Waiting for an event. */
        public static final State BLOCKED = new State(false, true, false, false, false);
        /** Stopped by its owner. */
        public static final State PAUSED = new State(false, false, true, false, false);
        /** Stopped, and still there. */
        public static final State SHUTDOWN = new State(false, false, false, true, false);
        /** Being taken apart. */
        public static final State DYING = new State(false, false, false, false, true);
    }
}
