package org.skerry.netback;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.Agent;

/**
 * Serves the rings of all connected vifs, each for one batch in a turn, so that a busy guest costs the others no more
 * than its share. A vif without work sleeps until its guest rings or a frame comes for it; only then do we ask for a
 * bell.
 */
final class NetbackAgent implements Agent
{
    /** Hears that a guest broke the protocol. */
    @FunctionalInterface
    interface ViolationHandler
    {
        /** The vif has been taken out of service. */
        void onViolation(String what);
    }

    private record Served(VifQueue vif, ViolationHandler handler)
    {
    }

    private final TxServer txServer;
    private final RxServer rxServer;
    private final List<Served> served = new ArrayList<>();

    NetbackAgent(final TxServer txServer, final RxServer rxServer)
    {
        this.txServer = txServer;
        this.rxServer = rxServer;
    }

    /**
     * Begin to serve a vif.
     *
     * @param vif     connected and plugged in.
     * @param handler called at most once, from within {@link #doWork}.
     */
    void add(final VifQueue vif, final ViolationHandler handler)
    {
        served.add(new Served(vif, handler));
    }

    /** Serve a vif no more. Its pages are not touched after this. */
    void remove(final VifQueue vif)
    {
        served.removeIf(entry -> entry.vif == vif);
    }

    int vifCount()
    {
        return served.size();
    }

    @Override
    public int doWork()
    {
        int workCount = 0;
        for (int i = served.size() - 1; i >= 0; i--)       // downwards: a vif may be taken out meanwhile
        {
            workCount += serveTx(served.get(i));
        }
        for (int i = served.size() - 1; i >= 0; i--)
        {
            workCount += serveRx(served.get(i));
        }
        for (int i = served.size() - 1; i >= 0; i--)
        {
            served.get(i).vif.flushBell();
        }

        return workCount;
    }

    @Override
    public String roleName()
    {
        return "netback";
    }

    private int serveTx(final Served entry)
    {
        final VifQueue vif = entry.vif;
        if (!vif.isTxAwake())
        {
            return 0;
        }

        final int count = txServer.serve(vif);
        if (count == TxServer.PROTOCOL_VIOLATION)
        {
            violated(entry, "the tx ring makes no sense: reqCons=" + vif.txRing().reqCons());
            return 1;
        }
        if (count == 0 && !vif.txRing().finalCheckForRequests())
        {
            vif.txAwake(false);
            return 0;
        }

        return Math.max(count, 1);
    }

    private int serveRx(final Served entry)
    {
        final VifQueue vif = entry.vif;
        if (!vif.isRxAwake())
        {
            return 0;
        }

        final int count = rxServer.serve(vif);
        if (count == RxServer.PROTOCOL_VIOLATION)
        {
            violated(entry, "the rx ring makes no sense: reqCons=" + vif.rxRing().reqCons());
            return 1;
        }
        if (count > 0)
        {
            vif.uplink().onRoom();
        }
        else if (!rxServer.finalCheck(vif))
        {
            vif.rxAwake(false);
            return 0;
        }

        return Math.max(count, 1);
    }

    private void violated(final Served entry, final String what)
    {
        served.remove(entry);
        entry.handler.onViolation(what);
    }
}
