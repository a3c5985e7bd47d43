package org.skerry.toolstack.device;

/**
 * How the bytes of an image file are laid out.
 */
public enum DiskFormat
{
    /** As they are. Never probed for anything else. */
    RAW,
    /** QEMU's first format. */
    QCOW,
    /** QEMU's copy-on-write format. */
    QCOW2,
    /** Virtual PC's format. */
    VHD,
    /** QEMU's enhanced disk. */
    QED,
    /** There is no image: a cdrom drive without a medium. */
    EMPTY
}
