package org.skerry.tests.hostile;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.Domain;
import org.skerry.guest.DomainMemory;
import org.skerry.guest.grant.GrantCopyBatch;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantStatus;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.linux.SysMman;

/**
 * A block driver domain that was taken over while it serves: {@link ProbeDist} puts it into the product's. When
 * Domain-0 writes {@code DOMID PID REFS} into the node {@code probe} of its home, it tries in a turn of its loop to map
 * and to copy what each reference of that guest names, and what {@link MemoryAttempts} has. What it says goes to the
 * domain's log; {@code tests/lab/escape.sh} judges.
 */
public final class BlkDomainProbe
{
    private static final String NODE = "probe";
    private static final int BATCH = 64;
    private static final int PAGE = Hypercalls.PAGE_SIZE;

    private final Domain domain;
    private final XenstoreClient store;

    private BlkDomainProbe(final Domain domain, final XenstoreClient store)
    {
        this.domain = domain;
        this.store = store;
    }

    /** What is put before {@code BlkDriverDomain.serve}. */
    public static void begin(final Domain domain, final XenstoreClient store)
    {
        final BlkDomainProbe probe = new BlkDomainProbe(domain, store);
        store.watch(NODE, path -> probe.onNode());
    }

    /** The word that a text is all over a page. */
    static long word(final String text)
    {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.US_ASCII)).getLong(0, ByteOrder.LITTLE_ENDIAN);
    }

    private void onNode()
    {
        final String value = store.read(NODE);
        if (value == null || value.isEmpty())
        {
            return;
        }
        final String[] words = value.split(" ");
        try
        {
            run(new Domid(Integer.parseInt(words[0])), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            MemoryAttempts.say("end", "reached", 1);
        }
        catch (final RuntimeException | Error e)
        {
            System.out.println("end failed " + e);
        }
    }

    private void run(final Domid victim, final int pid, final int refs)
    {
        final MemoryAttempts attempts = new MemoryAttempts(domain, victim, pid);
        MemoryAttempts.say("window", "length", attempts.takeTheWindow() / PAGE);
        attempts.readWhatTheWindowHas(word("notgrant"), word("granted!"));
        for (int ref = 0; ref < refs; ref++)
        {
            final long status = attempts.grantStatus(ref);
            if (status == GrantStatus.OKAY || status == GrantStatus.EAGAIN)
            {
                MemoryAttempts.say("map", Integer.toString(ref), status);
            }
        }
        copyAll(victim, refs);
        attempts.makeTheWindowLonger();
        attempts.reachTheProcess();
    }

    private void copyAll(final Domid victim, final int refs)
    {
        final DomainMemory.Frames frames = domain.memory().allocate(BATCH);
        final GrantCopyBatch batch = domain.foreignGrants().newCopyBatch(BATCH);
        for (int first = 0; first < refs; first += BATCH)
        {
            for (int i = 0; i < BATCH; i++)
            {
                batch.addCopyFrom(victim.value(), first + i, 0, frames.firstFrame() + i, 0, PAGE);
            }
            batch.execute();
            for (int i = 0; i < BATCH; i++)
            {
                if (batch.status(i) == GrantStatus.OKAY)
                {
                    MemoryAttempts.say("copy", Integer.toString(first + i), MemoryAttempts.has(
                        SysMman.segment(frames.address() + (long)i * PAGE, PAGE), word("notgrant")) ? 1 : 0);
                }
            }
            batch.clear();
        }
        domain.memory().free(frames);
    }
}
