package org.skerry.guest.blkfront;

/**
 * The name of a disk from its virtual-device number, as Linux guests show it: 51712 is {@code xvda}.
 *
 * <p>Spec: docs/man/xen-vbd-interface.7.
 */
final class VdevName
{
    private static final int EXTENDED = 1 << 28;
    private static final int MAJOR_XVD = 202;
    private static final int MAJOR_SD = 8;
    private static final int MAJOR_HD_FIRST = 3;
    private static final int MAJOR_HD_SECOND = 22;
    private static final int LETTERS = 26;

    private VdevName()
    {
    }

    /**
     * @param vdev number, 0 or more.
     * @return the name; {@code vbd} and the number for one that has none.
     */
    static String of(final int vdev)
    {
        if ((vdev & EXTENDED) != 0)
        {
            return name("xvd", (vdev & ~EXTENDED) >> 8, vdev & 0xFF);
        }
        return switch (vdev >> 8)
        {
            case MAJOR_XVD -> name("xvd", vdev >> 4 & 0xF, vdev & 0xF);
            case MAJOR_SD -> name("sd", vdev >> 4 & 0xF, vdev & 0xF);
            case MAJOR_HD_FIRST -> name("hd", vdev >> 6 & 3, vdev & 0x3F);
            case MAJOR_HD_SECOND -> name("hd", 2 + (vdev >> 6 & 3), vdev & 0x3F);
            default -> "vbd" + vdev;
        };
    }

    private static String name(final String prefix, final int disk, final int partition)
    {
        final StringBuilder letters = new StringBuilder();
        for (int rest = disk; rest >= 0; rest = rest / LETTERS - 1)
        {
            letters.append((char)('a' + rest % LETTERS));
        }

        return prefix + letters.reverse() + (partition == 0 ? "" : partition);
    }
}
