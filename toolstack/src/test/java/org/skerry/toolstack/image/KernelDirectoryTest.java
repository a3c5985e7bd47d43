package org.skerry.toolstack.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.skerry.toolstack.ToolstackException;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class KernelDirectoryTest
{
    @TempDir
    private Path directory;

    @BeforeEach
    void makeAKernel() throws IOException
    {
        Files.writeString(directory.resolve("vmlinuz"), "kernel");
        Files.createDirectories(directory.resolve("modules/kernel/net"));
        Files.writeString(directory.resolve("modules/modules.builtin"),
            "kernel/fs/ext4/ext4.ko\nkernel/lib/crc-ccitt.ko\n");
        Files.write(directory.resolve("modules/kernel/net/bridge.ko"), module("stp,llc,crc-ccitt"));
        Files.write(directory.resolve("modules/kernel/net/stp.ko"), module("llc"));
        Files.write(directory.resolve("modules/kernel/net/llc.ko"), module(""));
        try (OutputStream out = new XZOutputStream(
            Files.newOutputStream(directory.resolve("modules/kernel/xen-blkfront.ko.xz")), new LZMA2Options(0)))
        {
            out.write(module("llc"));
        }
    }

    @Test
    void shouldNameWhatAModuleNeedsBeforeTheModule()
    {
        assertEquals(List.of("llc.ko", "stp.ko", "bridge.ko"), List.copyOf(modules("bridge").keySet()));
    }

    @Test
    void shouldLeaveOutWhatTheKernelHasBuiltIn()
    {
        assertEquals(List.of("llc.ko"), List.copyOf(modules("ext4", "llc").keySet()));
    }

    @Test
    void shouldUnpackModulesAndTakeDashAndUnderscoreForTheSame()
    {
        final Map<String, byte[]> modules = modules("xen_blkfront", "xen-blkfront");
        assertEquals(List.of("llc.ko", "xen_blkfront.ko"), List.copyOf(modules.keySet()));
        assertArrayEquals(module("llc"), modules.get("xen_blkfront.ko"));
    }

    @Test
    void shouldSayWhichModuleIsMissing()
    {
        assertEquals("the kernel in " + directory + " has no module tun",
            assertThrows(ToolstackException.class, () -> modules("tun")).getMessage());
    }

    @Test
    void shouldSayWhatPutsAKernelIntoADirectoryThatHasNone()
    {
        final Path empty = directory.resolve("empty");
        assertEquals("no kernel in " + empty + " ('skerry image fetch-kernel --out " + empty + "' puts one there)",
            assertThrows(ToolstackException.class, () -> KernelDirectory.of(empty)).getMessage());
    }

    private Map<String, byte[]> modules(final String... names)
    {
        return KernelDirectory.of(directory).modules(List.of(names));
    }

    private static byte[] module(final String depends)
    {
        return ("\177ELF\0license=GPL\0depends=" + depends + "\0retpoline=Y\0").getBytes(StandardCharsets.ISO_8859_1);
    }
}
