package org.skerry.perf.side;

import org.skerry.guest.Domain;
import org.skerry.guest.event.EventChannel;
import org.skerry.guest.grant.GrantException;
import org.skerry.guest.grant.GrantMapping;
import org.skerry.guest.grant.GrantPool;
import org.skerry.perf.link.BackSide;
import org.skerry.perf.link.FrontSide;
import org.skerry.perf.link.SharedRingBack;
import org.skerry.perf.link.SharedRingFront;
import org.skerry.wire.Domid;
import org.skerry.wire.EventChannelPort;
import org.skerry.wire.GrantRef;
import org.skerry.wire.confinement.ConfinementProfile;

/**
 * A domain that is one half of a block ring. What device nodes in xenstore tell real drivers comes over the control
 * channel:
 * <pre>
 *   front  &lt;- peer DOMID          back
 *          -&gt; ring REF PORT
 *                                 &lt;- peer DOMID REF PORT
 *          -&gt; connected           -&gt; connected
 * </pre>
 */
public final class DomainSide
{
    private static final String FRONT = "front";

    private DomainSide()
    {
    }

    /**
     * @param args {@code front} or {@code back}; the processor of its thread, or -1; whether to confine itself.
     * @throws GrantException when the back cannot map the ring.
     */
    public static void main(final String[] args) throws GrantException
    {
        SideThread.dieWithParent();
        SideThread.pin(Integer.parseInt(args[1]));
        final ControlChannel control = new ControlChannel(ControlChannel.CONTROL_FD);
        final Domain domain = Domain.attach();
        if (Boolean.parseBoolean(args[2]))
        {
            DomainSide.class.getClassLoader().getResource("none");      // opens all jars; later we could not
            domain.confine(ConfinementProfile.GUEST);
        }

        final String[] peer = control.receive(ControlChannel.FOR_EVER).split(" ");
        final Domid peerDomid = new Domid(Integer.parseInt(peer[1]));
        if (args[0].equals(FRONT))
        {
            serveFront(domain, peerDomid, control);
        }
        else
        {
            serveBack(
                domain, peerDomid, new GrantRef(Integer.parseInt(peer[2])),
                new EventChannelPort(Integer.parseInt(peer[3])), control);
        }
        System.exit(0);
    }

    private static void serveFront(final Domain domain, final Domid back, final ControlChannel control)
    {
        final GrantPool pool = domain.grantTable().allocatePool(back, 1);
        final EventChannel channel = domain.eventChannels().allocUnbound(back);
        final GrantRef ref = pool.grantAccess(0, false);
        control.send("ring " + ref.value() + ' ' + channel.port().value());
        awaitBound(domain, channel);

        final FrontSide side = new FrontSide(new SharedRingFront(pool.buffer(), domain, channel));
        control.send("connected");
        SideThread.serve(control, side::run);
    }

    private static void serveBack(
        final Domain domain, final Domid front, final GrantRef ref, final EventChannelPort port,
        final ControlChannel control) throws GrantException
    {
        try (GrantMapping mapping = domain.foreignGrants().map(front, ref, false))
        {
            final EventChannel channel = domain.eventChannels().bindInterdomain(front, port);
            awaitBound(domain, channel);

            final BackSide side = new BackSide(new SharedRingBack(mapping.buffer(), domain, channel));
            control.send("connected");
            SideThread.serve(control, side::run);
        }
    }

    private static void awaitBound(final Domain domain, final EventChannel channel)
    {
        while (!channel.isBound())
        {
            domain.loop().poll(-1);
        }
    }
}
