package org.skerry.tests.stress;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.skerry.pvh.SharedInfo;

/** Pending and mask bits between the runner of a guest and the guest itself. Offsets: xen.h, x86_64. */
public class SharedInfoStress
{
    private static final int UPCALL_PENDING = 0;
    private static final int PENDING_SEL = 8;
    private static final int PENDING = 2048;
    private static final int MASK = 2560;
    private static final int PORT = 5;
    private static final int NEIGHBOUR = 6;
    private static final int FAR_PORT = 70;

    /** An event of another word is pending, and the vcpu has been told. */
    @State
    public static class Told
    {
        final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
        final SharedInfo kernel = new SharedInfo(1);

        /** Told. */
        public Told()
        {
            kernel.place(page);
            kernel.setPending(FAR_PORT, 0);
        }
    }

    /** One port is masked, its neighbour pending. */
    @State
    public static class Masked
    {
        final UnsafeBuffer page = new UnsafeBuffer(new byte[4096]);
        final SharedInfo kernel = new SharedInfo(1);

        /** Masked. */
        public Masked()
        {
            kernel.place(page);
            page.putLong(MASK, 1L << PORT);
            page.putLong(PENDING, 1L << NEIGHBOUR);
        }
    }

    /** A domain in its upcall finds the event, or is rung again. */
    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "heard")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "an event that nobody hears")
    public static class Upcall
    {
        /** Has an event. */
        @Actor
        public void kernel(final Told told, final ZZ_Result result)
        {
            result.r1 = told.kernel.setPending(PORT, 0);
        }

        /** Looks for events. */
        @Actor
        public void domain(final Told told, final ZZ_Result result)
        {
            told.page.putByteVolatile(UPCALL_PENDING, (byte)0);
            final long selector = told.page.getAndSetLong(PENDING_SEL, 0);
            result.r2 = (selector & 1) != 0 && (told.page.getLongVolatile(PENDING) & 1L << PORT) != 0;
        }
    }

    /** A domain that unmasks a port by itself sees that it is pending, or is rung. */
    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "heard")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "an event that nobody hears")
    public static class Unmask
    {
        /** Has an event. */
        @Actor
        public void kernel(final Masked masked, final ZZ_Result result)
        {
            result.r1 = masked.kernel.setPending(PORT, 0);
        }

        /** Unmasks. */
        @Actor
        public void domain(final Masked masked, final ZZ_Result result)
        {
            masked.page.compareAndSetLong(MASK, 1L << PORT, 0);
            result.r2 = (masked.page.getLongVolatile(PENDING) & 1L << PORT) != 0;
        }
    }

    /** Neither takes back what the other did to the same word. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "one set, the other cleared")
    @Outcome(expect = Expect.FORBIDDEN, desc = "a bit came back, or is lost")
    public static class Neighbours
    {
        /** Has an event. */
        @Actor
        public void kernel(final Masked masked)
        {
            masked.kernel.setPending(PORT, 0);
        }

        /** Takes the neighbour's. */
        @Actor
        public void domain(final Masked masked)
        {
            long word;
            do
            {
                word = masked.page.getLongVolatile(PENDING);
            }
            while (!masked.page.compareAndSetLong(PENDING, word, word & ~(1L << NEIGHBOUR)));
        }

        /** Both bits. */
        @Arbiter
        public void bits(final Masked masked, final II_Result result)
        {
            final long word = masked.page.getLongVolatile(PENDING);
            result.r1 = (int)(word >>> PORT) & 1;
            result.r2 = (int)(word >>> NEIGHBOUR) & 1;
        }
    }
}
