package org.skerry.blkback;

import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.Agent;

/**
 * Serves all connected devices of this driver domain in turn. A turn of one device is bounded, and each duty begins
 * with another device, so that a busy frontend does not starve the others.
 */
final class BlkbackAgent implements Agent
{
    /** Requests of one device in one turn: a full ring. */
    static final int REQUEST_LIMIT = 32;

    private final List<Blkback> devices = new ArrayList<>();
    private int first;

    void add(final Blkback device)
    {
        devices.add(device);
    }

    void remove(final Blkback device)
    {
        devices.remove(device);
    }

    @Override
    public int doWork()
    {
        final int count = devices.size();
        if (count == 0)
        {
            return 0;
        }

        int workCount = 0;
        first = first + 1 < count ? first + 1 : 0;
        for (int i = 0; i < devices.size(); i++)
        {
            final int index = first + i;
            workCount += devices.get(index < devices.size() ? index : index - devices.size()).serve(REQUEST_LIMIT);
        }

        return workCount;
    }

    @Override
    public String roleName()
    {
        return "blkback";
    }
}
