package org.skerry.guest.xenbus;

/** Makes the serving half of the devices of one type. */
@FunctionalInterface
public interface BackendDriver
{
    /**
     * A backend directory has appeared, or stood there when the bus was made. The frontend's first state follows by a
     * call of its own.
     *
     * @param device its directory and that of its frontend.
     * @return the device, or null to leave the directory alone.
     */
    BackendDevice probe(XenbusDevice device);
}
