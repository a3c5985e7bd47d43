package org.skerry.tests.stress;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.skerry.wire.ring.BackRing;
import org.skerry.wire.ring.FrontRing;
import org.skerry.wire.ring.RingLayout;

/** The two halves of a ring, each on a thread of its own. */
public class RingStress
{
    private static final RingLayout LAYOUT = new RingLayout(8, 8, 128);
    private static final int CONTENTS = 7;
    private static final int START = -2;                // indices wrap right away

    /** One request was pushed, taken and answered; nobody asks for a bell. */
    @State
    public static class Ring
    {
        final UnsafeBuffer page = new UnsafeBuffer(new byte[128]);
        final FrontRing front = FrontRing.init(page, LAYOUT, START);
        final BackRing back = BackRing.attach(page, LAYOUT);

        /** In use. */
        public Ring()
        {
            front.claimRequest();
            front.pushRequestsAndCheckNotify();
            back.pollRequest();
            back.claimResponse();
            back.pushResponsesAndCheckNotify();
            front.pollResponse();
        }
    }

    /** A request is seen whole. */
    @JCStressTest
    @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "0, 7", expect = Expect.ACCEPTABLE, desc = "all of it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the index before the request")
    public static class Request
    {
        /** Pushes. */
        @Actor
        public void front(final Ring ring)
        {
            ring.page.putInt(ring.front.claimRequest(), CONTENTS);
            ring.front.pushRequests();
        }

        /** Takes. */
        @Actor
        public void back(final Ring ring, final II_Result result)
        {
            final int offset = ring.back.pollRequest();
            result.r1 = Math.min(offset, 0);
            result.r2 = offset < 0 ? 0 : ring.page.getInt(offset);
        }
    }

    /** A response is seen whole. */
    @JCStressTest
    @Outcome(id = "-1, 0", expect = Expect.ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "0, 7", expect = Expect.ACCEPTABLE, desc = "all of it")
    @Outcome(expect = Expect.FORBIDDEN, desc = "the index before the response")
    public static class Response
    {
        /** Pushes. */
        @Actor
        public void back(final Asked asked)
        {
            asked.ring.page.putInt(asked.ring.back.claimResponse(), CONTENTS);
            asked.ring.back.pushResponses();
        }

        /** Takes. */
        @Actor
        public void front(final Asked asked, final II_Result result)
        {
            final int offset = asked.ring.front.pollResponse();
            result.r1 = Math.min(offset, 0);
            result.r2 = offset < 0 ? 0 : asked.ring.page.getInt(offset);
        }
    }

    /** A second request was taken and not answered yet. */
    @State
    public static class Asked
    {
        final Ring ring = new Ring();

        /** Waiting for an answer. */
        public Asked()
        {
            ring.front.claimRequest();
            ring.front.pushRequestsAndCheckNotify();
            ring.back.pollRequest();
        }
    }

    /** Who goes to sleep is rung, or sees what came. */
    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "served")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a request without a bell, and the back sleeps")
    public static class RequestBell
    {
        /** Pushes. */
        @Actor
        public void front(final Ring ring, final ZZ_Result result)
        {
            ring.front.claimRequest();
            result.r1 = ring.front.pushRequestsAndCheckNotify();
        }

        /** Goes to sleep. */
        @Actor
        public void back(final Ring ring, final ZZ_Result result)
        {
            result.r2 = ring.back.finalCheckForRequests();
        }
    }

    /** As a network backend waits: for more than one. */
    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "served")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a request without a bell, and the back sleeps")
    public static class RequestsBell
    {
        /** Pushes two, one after the other. */
        @Actor
        public void front(final Ring ring, final ZZ_Result result)
        {
            ring.front.claimRequest();
            result.r1 = ring.front.pushRequestsAndCheckNotify();
            ring.front.claimRequest();
            result.r1 |= ring.front.pushRequestsAndCheckNotify();
        }

        /** Needs two. */
        @Actor
        public void back(final Ring ring, final ZZ_Result result)
        {
            result.r2 = ring.back.finalCheckForRequests(2);
        }
    }

    /** Who goes to sleep is rung, or sees what came. */
    @JCStressTest
    @Outcome(id = {"true, true", "true, false", "false, true"}, expect = Expect.ACCEPTABLE, desc = "served")
    @Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "a response without a bell, and the front sleeps")
    public static class ResponseBell
    {
        /** Pushes. */
        @Actor
        public void back(final Asked asked, final ZZ_Result result)
        {
            asked.ring.back.claimResponse();
            result.r1 = asked.ring.back.pushResponsesAndCheckNotify();
        }

        /** Goes to sleep. */
        @Actor
        public void front(final Asked asked, final ZZ_Result result)
        {
            result.r2 = asked.ring.front.finalCheckForResponses();
        }
    }
}
