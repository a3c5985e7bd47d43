package org.skerry.toolstack.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.skerry.toolstack.ToolstackException;

/**
 * The initial ram disk of a Linux guest: busybox, the frontends' modules, and an {@code /init} that mounts the first
 * disk and gives a shell on the console. guest-init.sh says what it understands of the kernel's command line.
 */
public final class GuestInitrd
{
    private static final List<String> MODULES = List.of("xen-blkfront", "xen-netfront", "ext4", "af_packet");

    private GuestInitrd()
    {
    }

    /**
     * @param kernel  whose modules are taken.
     * @param busybox the program, linked statically.
     * @param out     file to write.
     * @throws ToolstackException when it cannot be written, or the kernel has no frontends.
     */
    public static void write(final KernelDirectory kernel, final Path busybox, final Path out)
    {
        final Path unfinished = out.resolveSibling(out.getFileName() + ".unfinished");
        try
        {
            try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(unfinished));
                CpioArchive archive = new CpioArchive(stream))
            {
                busybox(archive, busybox);
                modules(archive, kernel.modules(MODULES));
                archive.file("init", 0755, resource("guest-init.sh"));
                archive.file("sbin/poweroff", 0755, resource("guest-poweroff.sh"));
                archive.file("etc/udhcpc", 0755, resource("guest-udhcpc.sh"));
                archive.link("sbin/reboot", "poweroff");
                archive.link("sbin/halt", "poweroff");
            }
            Files.move(unfinished, out, StandardCopyOption.REPLACE_EXISTING);
        }
        catch (final IOException e)
        {
            throw new ToolstackException("cannot write " + out + ": " + e.getMessage());
        }
    }

    /**
     * The directories of a small root, and busybox with a link for each of its programs.
     *
     * @param archive to write to.
     * @param busybox the program, linked statically.
     * @throws IOException as the archive throws.
     */
    public static void busybox(final CpioArchive archive, final Path busybox) throws IOException
    {
        for (final String directory : List.of("bin", "sbin", "usr", "usr/bin", "usr/sbin", "dev", "proc", "sys", "run",
            "tmp", "root", "mnt", "etc", "modules"))
        {
            archive.directory(directory);
        }
        archive.device("dev/console", 5, 1);
        archive.file("bin/busybox", 0755, Files.readAllBytes(busybox));
        final List<String> own = List.of("busybox", "poweroff", "reboot", "halt", "init");
        for (final String path : new StockProgram(busybox).run(null, List.of("--list-full")).lines().toList())
        {
            if (!own.contains(path.substring(path.lastIndexOf('/') + 1)) && path.matches("(usr/)?s?bin/[^/]+"))
            {
                archive.link(path, "/bin/busybox");
            }
        }
    }

    /**
     * Modules, and {@code modules/order}, in which order they are loaded.
     *
     * @param archive to write to.
     * @param modules in that order.
     * @throws IOException as the archive throws.
     */
    public static void modules(final CpioArchive archive, final Map<String, byte[]> modules) throws IOException
    {
        for (final Map.Entry<String, byte[]> module : modules.entrySet())
        {
            archive.file("modules/" + module.getKey(), 0644, module.getValue());
        }
        archive.file("modules/order", 0644,
            String.join("\n", modules.keySet()).concat("\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] resource(final String name) throws IOException
    {
        try (InputStream in = GuestInitrd.class.getResourceAsStream(name))
        {
            return in.readAllBytes();
        }
    }
}
