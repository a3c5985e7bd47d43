package org.skerry.perf.xenstore;

import java.util.List;

import org.skerry.wire.xs.XsOp;

/** Connections of a row, and the nodes below /perf that it works on; both go when it is closed. */
final class Links implements AutoCloseable
{
    private final List<StoreLink> links;
    private final StoreLink control;

    Links(final StoreServer server, final int count)
    {
        control = server.connect();
        links = server.connect(count);
        control.must(XsOp.WRITE, "/perf/trip/a|value");
        control.must(XsOp.WRITE, "/perf/shared|");

        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                control.must(XsOp.WRITE, "/perf/own" + i + "/n" + j + "|value");
            }
        }
    }

    List<StoreLink> all()
    {
        return links;
    }

    StoreLink first()
    {
        return links.getFirst();
    }

    @Override
    public void close()
    {
        links.forEach(StoreLink::close);
        control.must(XsOp.RM, "/perf|");
        control.close();
    }
}
