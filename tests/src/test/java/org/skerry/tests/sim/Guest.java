package org.skerry.tests.sim;

import java.nio.file.Path;
import java.util.List;

import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreRingClient;

/** A guest with a disk, a vif and its own ideas of what stands in xenstore. */
final class Guest extends Actor
{
    private final int number;
    private final boolean isHostile;
    private final DiskUser disk;
    private final List<Part> parts;

    /** What a guest does with one kind of device. */
    interface Part
    {
        void boot(XenstoreClient store);

        void work();

        boolean isContent();
    }

    /**
     * @param number of no other guest of the run.
     */
    Guest(final Machine machine, final int number, final Path image, final boolean isHostile)
    {
        super(machine, "guest" + number);
        this.number = number;
        this.isHostile = isHostile;
        this.disk = new DiskUser(this, image);
        this.parts = List.of(disk, new NetUser(this), new StoreUser(this));
    }

    int number()
    {
        return number;
    }

    DiskUser disk()
    {
        return disk;
    }

    @Override
    void boot()
    {
        final XenstoreClient store = XenstoreRingClient.attach(domain());
        parts.forEach(part -> part.boot(store));
    }

    @Override
    void work()
    {
        parts.forEach(Part::work);
    }

    @Override
    boolean isContent()
    {
        return isBooted() && parts.stream().allMatch(Part::isContent);
    }

    @Override
    String state()
    {
        return name() + " " + parts;
    }

    @Override
    boolean isHostile()
    {
        return isHostile;
    }
}
