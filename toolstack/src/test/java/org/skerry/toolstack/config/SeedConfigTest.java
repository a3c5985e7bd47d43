package org.skerry.toolstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.skerry.toolstack.device.DiskSpecParser;

/** Config files as users printed them in their papers, wikis and talks: S1-20, S1-68, S2-05, S3-23, S4-14. */
class SeedConfigTest
{
    @Test
    void shouldParseTheExampleOfTheSlides()
    {
        final Config config = ConfigParser.parse("xmexample.hvm", """
            # Kernel image file.
            kernel = "/usr/lib/xen/boot/hvmloader"
            # The domain build function.
            builder='hvm'
            # Initial memory allocation (in megabytes) for the new domain.
            memory = 128
            # A name for your domain. All domains must have different names.
            name = "ExampleHVMDomain"
            # 128-bit UUID for the domain. The default behavior is to generate a new UUID
            # on each call to 'xm create'.
            #uuid = "06ed00fe-1162-4fc4-b5d8-11993ee4a8b9"
            #-----
            # The number of cpus guest platform has, default=1
            vcpus = 1
            """);

        assertEquals(List.of("kernel", "builder", "memory", "name", "vcpus"),
            config.settings().stream().map(ConfigSetting::key).toList());
        assertEquals("/usr/lib/xen/boot/hvmloader", string(config, "kernel"));
        assertEquals("hvm", string(config, "builder"));
        assertEquals(128, number(config, "memory"));
    }

    @Test
    void shouldParseTheWindowsExampleWithCapitalKeysAndATrailingComma()
    {
        final Config config = ConfigParser.parse("win2003.cfg", """
            name="win2003VM" \s
            Memory=3072 \s
            Vcpus=1 \s
            builder="hvm" \s
            kernel="/usr/lib/xen/boot/hvmloader" \s
            boot="dc" \s
            disk=[ 'file: /VM_XEN_02/Satirol/satirol_disk0,hda,w', \s
                   'phy:/dev/cdrom,hdc:cdrom,r', ]
            """);

        assertEquals(3072, number(config, "Memory"));
        final List<String> disks = strings(config, "disk");
        assertEquals("/VM_XEN_02/Satirol/satirol_disk0", DiskSpecParser.parse(disks.get(0), true).disk().target());
        assertEquals(5632, DiskSpecParser.parse(disks.get(1), true).disk().vdev().number());
    }

    @Test
    void shouldParseTheHowtoOfNetbsd()
    {
        final Config config = ConfigParser.parse("foo", """
            # -*- mode: python; -*-

            kernel = "/netbsd-XEN3PAE_DOMU-i386-foo.gz"
            memory = 1024
            vif = [ 'mac=aa:00:00:d1:00:09,bridge=bridge0' ]
            disk = [ 'file:/n0/xen/foo-wd0,0x0,w',
                     'file:/n0/xen/foo-wd1,0x1,w' ]
            """);

        assertEquals(List.of("mac=aa:00:00:d1:00:09,bridge=bridge0"), strings(config, "vif"));
        assertEquals(1, DiskSpecParser.parse(strings(config, "disk").get(1), true).disk().vdev().number());
    }

    @Test
    void shouldParseTheWikiThatPrintsTheFileOnOneLine()
    {
        final Config config = ConfigParser.parse("alt", "kernel = \"/boot/vmlinuz-2.6.32-xen-dom0-alt11\" memory = " +
            "256 name = \"alt\" root = \"/dev/hda1 ro\" extra = \"xencons=tty\" disk = [ " +
            "'file:/xen/alt.img,hda1,w' ]");

        assertEquals("/dev/hda1 ro", string(config, "root"));
        assertEquals(256, number(config, "memory"));
        assertEquals(769, DiskSpecParser.parse(strings(config, "disk").getFirst(), false).disk().vdev().number());
    }

    @Test
    void shouldTellTheTalkAboutItsQuotes()
    {
        ConfigParser.parse("news.xm", "disk = ['phy:dataavg/news-root,sda1,rw']\nvif = [ 'mac=de:ad:be:ef:37:16' ]");

        assertEquals("news.xm:1:8: typographic quote '„', use straight quotes \" or '", assertThrows(
            ConfigException.class, () -> ConfigParser.parse("news.xm", "root = „/dev/sda1 ro“")).getMessage());
    }

    private static String string(final Config config, final String key)
    {
        return assertInstanceOf(ConfigValue.Text.class, config.setting(key).value()).value();
    }

    private static long number(final Config config, final String key)
    {
        return assertInstanceOf(ConfigValue.Number.class, config.setting(key).value()).value();
    }

    private static List<String> strings(final Config config, final String key)
    {
        return assertInstanceOf(ConfigValue.Sequence.class, config.setting(key).value()).elements().stream()
            .map(element -> assertInstanceOf(ConfigValue.Text.class, element).value()).toList();
    }
}
