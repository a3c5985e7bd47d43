package org.skerry.toolstack.device;

import java.util.Objects;

/**
 * One element of {@code disk = [...]}.
 *
 * <p>Spec: xl-disk-configuration(5).
 *
 * @param target       path of the image or block device, made absolute; what the script understands when there is a
 *                     script; empty for an empty cdrom drive.
 * @param format       of the image.
 * @param vdev         as the guest sees it.
 * @param writable     the guest may write.
 * @param cdrom        a cdrom drive; always removable.
 * @param backend      name or id of the domain that serves it; null for the host's own block driver domain.
 * @param backendType  {@code phy}, {@code qdisk}, {@code standalone}, {@code tap} when asked for; null otherwise.
 * @param script       that makes the target a device; null for none.
 * @param discard      guests may punch holes.
 * @param directIoSafe the host's page cache may be passed by.
 * @param trusted      the frontend need not guard itself against the backend.
 * @param shareable    no check whether somebody else has the image ({@code w!}, xm only).
 * @param virtio       asked for as a virtio device.
 */
public record DiskSpec(
    String target,
    DiskFormat format,
    Vdev vdev,
    boolean writable,
    boolean cdrom,
    String backend,
    String backendType,
    String script,
    boolean discard,
    boolean directIoSafe,
    boolean trusted,
    boolean shareable,
    boolean virtio)
{
    /** A disk has a target unless it is an empty drive. */
    public DiskSpec
    {
        Objects.requireNonNull(target);
        Objects.requireNonNull(format);
        Objects.requireNonNull(vdev);

        if (target.isEmpty() != (format == DiskFormat.EMPTY) || format == DiskFormat.EMPTY && !cdrom)
        {
            throw new IllegalArgumentException("disk without target: vdev=" + vdev + ", format=" + format);
        }
    }

    /**
     * @param path of the image.
     * @return the same disk with that target.
     */
    public DiskSpec withTarget(final String path)
    {
        return new DiskSpec(path, format, vdev, writable, cdrom, backend, backendType, script, discard, directIoSafe,
            trusted, shareable, virtio);
    }
}
