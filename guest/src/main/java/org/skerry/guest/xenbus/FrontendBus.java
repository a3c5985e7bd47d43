package org.skerry.guest.xenbus;

import java.util.function.Consumer;
import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/**
 * The using end of xenbus for one type of device: watches {@code device/<type>/<id>} in the own home and calls the
 * driver for every device found there.
 */
public final class FrontendBus implements AutoCloseable
{
    private final Bus bus;

    /**
     * Begin to watch; what stands there already is found by the first event. Errors go to {@code System.err}.
     *
     * @param store  connection of this domain.
     * @param self   this domain.
     * @param type   {@code vbd}, {@code vif}.
     * @param driver called for every device.
     */
    public FrontendBus(final XenstoreClient store, final Domid self, final String type, final FrontendDriver driver)
    {
        this(store, self, type, driver, System.err::println);
    }

    /**
     * Begin to watch; what stands there already is found by the first event.
     *
     * @param store    connection of this domain.
     * @param self     this domain.
     * @param type     {@code vbd}, {@code vif}.
     * @param driver   called for every device.
     * @param errorLog gets one line for each device that fails.
     */
    public FrontendBus(
        final XenstoreClient store, final Domid self, final String type, final FrontendDriver driver,
        final Consumer<String> errorLog)
    {
        this.bus = new Bus(store, self, Bus.Side.FRONTEND, type, device -> adapt(driver.probe(device)), errorLog);
        bus.start();
    }

    /** @return number of devices the driver has taken. */
    public int deviceCount()
    {
        return bus.deviceCount();
    }

    /** End all watches, then all devices. */
    @Override
    public void close()
    {
        bus.close();
    }

    private static Bus.Half adapt(final FrontendDevice device)
    {
        return device == null ? null : new Bus.Half()
        {
            @Override
            public void onOtherEndState(final XenbusState state)
            {
                device.onBackendState(state);
            }

            @Override
            public void close()
            {
                device.close();
            }
        };
    }
}
