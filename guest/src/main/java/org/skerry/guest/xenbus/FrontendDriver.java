package org.skerry.guest.xenbus;

/** Makes the using half of the devices of one type. */
@FunctionalInterface
public interface FrontendDriver
{
    /**
     * A device has appeared in our home, or stood there when the bus was made. The backend's first state follows by a
     * call of its own.
     *
     * @param device its directory and that of its backend.
     * @return the device, or null to leave the directory alone.
     */
    FrontendDevice probe(XenbusDevice device);
}
