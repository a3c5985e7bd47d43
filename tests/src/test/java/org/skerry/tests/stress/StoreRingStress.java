package org.skerry.tests.stress;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.skerry.wire.xs.XenstoreRing;

/** The bytes of a store page. */
public class StoreRingStress
{
    private static final byte[] REQUEST = {1, 2, 3, 4};

    /** An empty page. */
    @State
    public static class Page
    {
        final UnsafeBuffer page = new UnsafeBuffer(new byte[XenstoreRing.LENGTH]);
        final XenstoreRing client = XenstoreRing.client(page);
        final XenstoreRing server = XenstoreRing.server(page);
        final byte[] read = new byte[REQUEST.length];
    }

    /** What was read is what was written. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "4, 10", expect = Expect.ACCEPTABLE, desc = "all of it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the index before the bytes")
    public static class Bytes
    {
        /** Writes. */
        @Actor
        public void client(final Page page)
        {
            page.client.write(REQUEST, 0, REQUEST.length);
        }

        /** Reads. */
        @Actor
        public void server(final Page page, final II_Result result)
        {
            result.r1 = page.server.read(page.read, 0, page.read.length);
            for (final byte b : page.read)
            {
                result.r2 += b;
            }
        }
    }
}
