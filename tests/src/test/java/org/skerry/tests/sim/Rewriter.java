package org.skerry.tests.sim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.kernel.memory.GrantWindow;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysSocket;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

/**
 * Writes what a hostile domain may write, at any moment: its hypercall ring, its grant table, its store page, the pages
 * that others have mapped; and says over its connection what nobody asked for.
 */
final class Rewriter
{
    private static final int INDICES_LENGTH = 64;
    private static final int MAX_OP = 100;

    private final Hypervisor hypervisor;
    private final Random random;
    private final Trace trace;
    private final Map<Actor, KernelDomain> domains = new HashMap<>();

    Rewriter(final Hypervisor hypervisor, final Random random, final Trace trace)
    {
        this.hypervisor = hypervisor;
        this.random = random;
        this.trace = trace;
    }

    /** A process outlives its domain, and the number may be another's then. */
    void onBuilt(final Actor actor, final int domid)
    {
        domains.put(actor, hypervisor.domains().find(domid));
    }

    void rewrite(final Actor actor)
    {
        final KernelDomain domain = domains.get(actor);
        if (domain.isAbandoned() || hypervisor.domains().find(domain.domid()) != domain)
        {
            return;
        }
        switch (random.nextInt(10))
        {
            case 0 -> rewriteInt(domain.hypercallRing().segment(), random.nextInt(INDICES_LENGTH / 4) * 4L, "ring");
            case 1 -> askForAnything(actor, domain);
            case 2, 3, 4 -> rewriteFrame(domain, KernelDomain.GRANT_TABLE_FRAME, Hypercalls.PAGE_SIZE);
            case 5 -> rewriteFrame(domain, domain.serviceFrame(1), Hypercalls.PAGE_SIZE);
            case 6 -> sayAnything(actor);
            default -> rewriteGranted(domain);
        }
    }

    /** A hypercall of any kind in the next slot, and the bell for it. */
    private void askForAnything(final Actor actor, final KernelDomain domain)
    {
        final MemorySegment ring = domain.hypercallRing().segment();
        final int reqProd = ring.get(JAVA_INT_UNALIGNED, 0);
        final int slots = Integer.highestOneBit(
            (Hypercalls.RING_FILE_LENGTH - INDICES_LENGTH) / Hypercalls.SLOT_LENGTH);
        final long slot = INDICES_LENGTH + (reqProd & slots - 1) * (long)Hypercalls.SLOT_LENGTH;
        for (int i = 0; i < Hypercalls.SLOT_LENGTH; i += 4)
        {
            ring.set(JAVA_INT_UNALIGNED, slot + i, anyInt(0));
        }
        final int op = random.nextInt(MAX_OP);
        ring.set(JAVA_SHORT_UNALIGNED, slot, (short)op);
        ring.set(JAVA_INT_UNALIGNED, 0, reqProd + 1);
        Eventfd.signal(domain.requestBell());
        trace.add(actor + " asks for " + op);
    }

    private void sayAnything(final Actor actor)
    {
        final byte[] bytes = new byte[random.nextInt(80)];
        random.nextBytes(bytes);
        if (bytes.length > 4)
        {
            bytes[2] = (byte)random.nextInt(MAX_OP);
            bytes[3] = 0;
        }
        try (Arena arena = Arena.ofConfined())
        {
            final MemorySegment message = arena.allocate(80);
            message.copyFrom(MemorySegment.ofArray(bytes));
            SysSocket.send(actor.domain().connection().fd(), message.address(), bytes.length, SysSocket.MSG_DONTWAIT);
        }
        trace.add(actor + " says anything: " + bytes.length);
    }

    private void rewriteGranted(final KernelDomain domain)
    {
        final int start = random.nextInt(domain.memory().length());
        for (int i = 0; i < domain.memory().length(); i++)
        {
            final int frame = (start + i) % domain.memory().length();
            if (domain.memory().homeOf(frame) != null)
            {
                rewriteFrame(domain, frame, random.nextBoolean() ? INDICES_LENGTH : Hypercalls.PAGE_SIZE);
                return;
            }
        }
    }

    private void rewriteFrame(final KernelDomain domain, final int frame, final int length)
    {
        final GrantWindow home = domain.memory().homeOf(frame);
        final MemorySegment segment = home == null ? domain.memory().file().segment() : home.file().segment();
        final long base = (long)frame << Hypercalls.PAGE_SHIFT;
        rewriteInt(segment, base + random.nextInt(length / 4) * 4L, "frame " + frame);
    }

    private void rewriteInt(final MemorySegment segment, final long offset, final String what)
    {
        final int value = anyInt(segment.get(JAVA_INT_UNALIGNED, offset));
        segment.set(JAVA_INT_UNALIGNED, offset, value);
        trace.add("rewritten: " + what + ", " + offset + " " + value);
    }

    private int anyInt(final int old)
    {
        return switch (random.nextInt(8))
        {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> old + 1;
            case 3 -> old - 1;
            case 4 -> old ^ 1 << random.nextInt(32);
            case 5 -> random.nextInt(256);
            case 6 -> Integer.MAX_VALUE;
            default -> random.nextInt();
        };
    }
}
