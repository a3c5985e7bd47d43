package org.skerry.tests.stress;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.skerry.guest.grant.GrantTable;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantRef;

/** The words of a grant table, between the kernel that claims them and the domain that owns them. */
public class GrantStress
{
    private static final Domid GRANTEE = new Domid(5);
    private static final Domid OTHER = new Domid(6);
    private static final int FRAME = 3;
    private static final int OTHER_FRAME = 4;
    private static final int FRAMES = 8;

    /** A frame is granted. */
    @State
    public static class Granted
    {
        final UnsafeBuffer entries = new UnsafeBuffer(new byte[128]);
        final GrantTable owner = new GrantTable(entries, null, null, null);
        final org.skerry.kernel.grant.GrantTable kernel =
            new org.skerry.kernel.grant.GrantTable(entries, FRAMES);
        final GrantRef ref = owner.grantAccess(GRANTEE, FRAME, false);

        /** @return the frame, or -1 whatever the refusal. */
        int pin()
        {
            return Math.max(-1, kernel.pin(ref.value(), GRANTEE.value(), false));
        }
    }

    /** A frame is granted and in use. */
    @State
    public static class InUse
    {
        final Granted granted = new Granted();

        /** In use. */
        public InUse()
        {
            granted.kernel.pin(granted.ref.value(), GRANTEE.value(), false);
        }
    }

    /** Either the grant is used, or it is ended. */
    @JCStressTest
    @Outcome(id = "false, 3", expect = Expect.ACCEPTABLE, desc = "in use, the owner is told")
    @Outcome(id = "true, -1", expect = Expect.ACCEPTABLE, desc = "ended, the user is told")
    @Outcome(expect = Expect.FORBIDDEN, desc = "in use and ended, or neither")
    public static class End
    {
        /** Claims. */
        @Actor
        public void kernel(final Granted granted, final ZI_Result result)
        {
            result.r2 = granted.pin();
        }

        /** Ends. */
        @Actor
        public void owner(final Granted granted, final ZI_Result result)
        {
            result.r1 = granted.owner.endAccess(granted.ref);
        }
    }

    /** A user gets what was granted to it, whatever the entry is used for next. */
    @JCStressTest
    @Outcome(id = {"3, 0", "-1, 0"}, expect = Expect.ACCEPTABLE, desc = "the frame, or nothing")
    @Outcome(id = "-1, 1", expect = Expect.ACCEPTABLE, desc = "another's already")
    @Outcome(expect = Expect.FORBIDDEN, desc = "another's frame")
    public static class Flip
    {
        /** Claims. */
        @Actor
        public void kernel(final Granted granted, final II_Result result)
        {
            result.r1 = granted.pin();
        }

        /** Grants another frame to another domain by the same entry. */
        @Actor
        public void owner(final Granted granted, final II_Result result)
        {
            if (granted.owner.endAccess(granted.ref))
            {
                granted.owner.grantAccess(OTHER, OTHER_FRAME, false);
                result.r2 = 1;
            }
        }
    }

    /** When the last user lets go nothing of it is left in the word, and an ended entry stays ended. */
    @JCStressTest
    @Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "granted, not in use")
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "ended")
    @Outcome(expect = Expect.FORBIDDEN, desc = "ended in use, or a bit is left")
    public static class Release
    {
        /** Lets go. */
        @Actor
        public void kernel(final InUse inUse)
        {
            inUse.granted.kernel.unpin(inUse.granted.ref.value(), false);
        }

        /** Ends. */
        @Actor
        public void owner(final InUse inUse, final ZI_Result result)
        {
            result.r1 = inUse.granted.owner.endAccess(inUse.granted.ref);
        }

        /** The flags. */
        @Arbiter
        public void flags(final InUse inUse, final ZI_Result result)
        {
            result.r2 = inUse.granted.kernel.word(inUse.granted.ref.value()) & 0xFFFF;
        }
    }
}
