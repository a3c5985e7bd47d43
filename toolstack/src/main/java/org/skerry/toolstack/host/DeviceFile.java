package org.skerry.toolstack.host;

import org.skerry.wire.Domid;

/**
 * What Domain-0 has opened for a device of a guest. It stays open here as long as the guest lives: a backend that is
 * started again is handed it once more.
 *
 * @param backend the domain that serves the device.
 * @param tag     name under which the backend takes it.
 * @param fd      open; stays the file's.
 * @param file    closed with the guest.
 */
record DeviceFile(Domid backend, String tag, int fd, Runnable file)
{
    void close()
    {
        file.run();
    }

    /** Close it when its device is gone, and wait for the backend to do so, too: until then nobody has the image. */
    void release()
    {
        final int probe = ImageLocks.probe(fd);
        close();
        ImageLocks.awaitFree(probe);
    }
}
