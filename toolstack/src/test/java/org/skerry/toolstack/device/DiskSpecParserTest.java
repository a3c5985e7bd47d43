package org.skerry.toolstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows DSK-01 to DSK-17, one after the other, and what xl's own check of its parser says. */
class DiskSpecParserTest
{
    @ParameterizedTest
    @ValueSource(strings = {
        "/dev/vg/guest-volume,,hda",                                        // DSK-01
        "/dev/vg/guest-volume,raw,hda,rw",                                  // DSK-02
        "format=raw, vdev=hda, access=rw, target=/dev/vg/guest-volume",     // DSK-03
        "raw:/dev/vg/guest-volume,hda,w",                                   // DSK-04
        "  /dev/vg/guest-volume,\traw, hda,\n rw",
        "/dev/vg/guest-volume,raw,hda,",
        "vdev=hda,/dev/vg/guest-volume"})
    void shouldTakeOneDiskWrittenInManyWays(final String spec)
    {
        assertEquals(raw("/dev/vg/guest-volume", "hda", 768, true), parse(spec));
    }

    @ParameterizedTest
    @ValueSource(strings = {                                                // DSK-05
        "/root/image.iso,,hdc,cdrom",
        "/root/image.iso,,hdc,,cdrom",
        "/root/image.iso,,hdc,devtype=cdrom",
        "/root/image.iso,raw,hdc,devtype=cdrom",
        "format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/root/image.iso",
        "raw:/root/image.iso,hdc:cdrom,ro",
        "cdrom,/root/image.iso,,hdc"})
    void shouldTakeOneCdromWrittenInManyWays(final String spec)
    {
        assertEquals(new DiskSpec("/root/image.iso", DiskFormat.RAW, new Vdev("hdc", 5632), false, true, null, null,
            null, true, false, true, false, false), parse(spec));
    }

    @ParameterizedTest
    @ValueSource(strings = {                                                // DSK-05, DSK-06
        ",,hdc,cdrom", ",hdc:cdrom,r", ",,hdc:cdrom,r", ",empty,hdc:cdrom,r", "devtype=cdrom,,,hdc",
        "vdev=hdc,access=r,devtype=cdrom,target=", "vdev=hdc,access=r,devtype=cdrom,format=empty",
        "vdev=hdc,access=r,devtype=cdrom"})
    void shouldTakeAnEmptyDriveWrittenInManyWays(final String spec)
    {
        assertEquals(new DiskSpec("", DiskFormat.EMPTY, new Vdev("hdc", 5632), false, true, null, null, null, true,
            false, true, false, false), parse(spec));
    }

    @Test
    void shouldLetTargetSwallowTheRest()                                    // DSK-07
    {
        final DiskSpec disk = parse("vdev=hdc, access=ro, devtype=cdrom, target=/path,with,commas");

        assertEquals("/path,with,commas", disk.target());
        assertTrue(disk.cdrom());
    }

    @Test
    void shouldTakeTheFormsOfTheSeeds()                                     // DSK-08, S1-34 to S1-40, S3-23
    {
        assertEquals(raw("/xen/alt.img", "hda1", 769, true), parse("file:/xen/alt.img,hda1,w"));
        assertEquals(raw("/a b", "hda", 768, true), parse("file: /a b,hda,w"));
        assertEquals(raw("/Xen/Images/Mercurio_disk0.img", "hda", 768, true),
            parse("file: /Xen/Images/Mercurio_disk0.img, hda, w"));
        assertEquals(raw("/dev/cdrom", "hdc", 5632, false).target(), parse("phy: /dev/cdrom, hdc: cdrom, r").target());
        assertTrue(parse("phy: /dev/hda, hdc: cdrom").cdrom());
        assertFalse(parse("phy: /dev/hda, hdc: disk,r").cdrom());
        assertEquals("file", DiskSpecParser.parse("file:/xen/alt.img,hda1,w", false).prefix());
        assertEquals(5, DiskSpecParser.parse("file:/xen/alt.img,hda1,w", false).targetOffset());
    }

    @Test
    void shouldTakeADeviceRelativeToDev()                                   // DSK-09
    {
        assertEquals(raw("dataavg/news-root", "sda1", 2049, true), parse("phy:dataavg/news-root,sda1,rw"));
        assertEquals("phy", DiskSpecParser.parse("phy:dataavg/news-root,sda1,rw", false).prefix());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {                                   // DSK-10
        "file:/n0/foo,0x0,w | 0x0 | 0", "file:/n0/foo,768,w | 768 | 768", "file:/n0/foo,0x301 | 0x301 | 769"})
    void shouldTakeNumericDevices(final String spec, final String name, final int number)
    {
        assertEquals(raw("/n0/foo", name, number, true), parse(spec));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {                                   // DSK-11
        "qcow2:/a,xvda,w | QCOW2", "qcow:/a,xvda,w | QCOW", "vhd:/a,xvda,w | VHD", "tap:qcow2:/a,xvda,w | QCOW2",
        "tap2:aio:/a,xvda,w | RAW", "tap:tapdisk:aio:/a,xvda,w | RAW", "ioemu:/a,xvda,w | RAW",
        "tap:aio:vhd:/a,xvda,w | VHD", "/a,qcow2,xvda | QCOW2", "format=qed,vdev=xvda,target=/a | QED"})
    void shouldStripPrefixesAndReadFormats(final String spec, final DiskFormat format)
    {
        final DiskSpec disk = parse(spec);

        assertEquals("/a", disk.target());
        assertEquals(format, disk.format());
        assertEquals(51712, disk.vdev().number());
        assertTrue(disk.writable());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {                                   // DSK-12
        "iscsi:iqn.2001-05.com.example:0-8a0906-host,xvda,w | block-iscsi | iqn.2001-05.com.example:0-8a0906-host",
        "vdev=xvda,access=w,script=block-iscsi,target=iqn.2001:x | block-iscsi | iqn.2001:x",
        "nbd:10.0.0.1:10809,xvda,w | block-nbd | 10.0.0.1:10809",
        "drbd:app01,xvda,w | block-drbd | app01",
        "/a,,xvda,script=myscript | myscript | /a"})                        // DSK-14
    void shouldReadScripts(final String spec, final String script, final String target)
    {
        assertEquals(script, parse(spec).script());
        assertEquals(target, parse(spec).target());
    }

    @Test
    void shouldReadBackendAndItsType()                                      // DSK-13
    {
        final DiskSpec disk = parse("vdev=xvda, backend=storage, backendtype=phy, target=/a");

        assertEquals("storage", disk.backend());
        assertEquals("phy", disk.backendType());
        for (final String type : new String[]{"qdisk", "standalone", "tap"})
        {
            assertEquals(type, parse("vdev=xvda,backendtype=" + type + ",target=/a").backendType());
        }
        assertNull(parse("/a,,xvda").backend());
        assertNull(parse("/a,,xvda").backendType());
    }

    @Test
    void shouldReadFlags()                                                  // DSK-14
    {
        final DiskSpec disk = parse("direct-io-safe,no-discard,untrusted,specification=virtio,/a,,xvda");

        assertTrue(disk.directIoSafe());
        assertFalse(disk.discard());
        assertFalse(disk.trusted());
        assertTrue(disk.virtio());
        assertTrue(parse("discard,trusted,specification=xen,/a,,xvda").discard());
        assertTrue(parse("/a,,xvda").trusted());
    }

    @ParameterizedTest
    @CsvSource({"ro,false", "r,false", "rw,true", "w,true", "'',true"})     // DSK-15
    void shouldReadAccessModes(final String access, final boolean writable)
    {
        assertEquals(writable, parse("/a,raw,xvda," + access).writable());
        assertEquals(writable, parse("vdev=xvda,access=" + access + ",target=/a").writable());
    }

    @Test
    void shouldTakeWhatOnlyXmTookInItsDialectOnly()                         // DSK-15
    {
        assertTrue(DiskSpecParser.parse("phy:/a,xvda,w!", true).disk().shareable());
        assertEquals("storage", DiskSpecParser.parse("phy:/a,xvda,w,storage", true).disk().backend());
        assertFails("phy:/a,xvda,w!", 12, "unknown access mode 'w!', expected ro, r, rw or w");
        assertFails("phy:/a,xvda,w,storage", 14,
            "too many parameters, nothing can follow the access mode: 'storage'");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {                                   // DSK-17
        "/a,rwa,xvda            | 3  | unknown disk format 'rwa', did you mean 'raw'?",
        "format=qcow3,/a,,xvda  | 7  | unknown disk format 'qcow3', did you mean 'qcow'?",
        "/a,,xvda,w,target=/b   | 18 | two targets: '/a' and '/b'",
        "/a                     | 2  | no virtual device (vdev) in disk '/a'",
        "/a,raw                 | 6  | no virtual device (vdev) in disk '/a,raw'",
        "vdev=xvda              | 0  | no target in disk 'vdev=xvda'",
        ",,xvda                 | 0  | no target in disk ',,xvda'",
        "/a,,xvda,bakend=x      | 9  | unknown disk parameter 'bakend', did you mean 'backend'?",
        "/a,,xvda,rw,rubbish    | 12 | too many parameters, nothing can follow the access mode: 'rubbish'",
        "/a,,xvda,x             | 9  | unknown access mode 'x', expected ro, r, rw or w",
        "/a,,vdx                | 4  | unknown device 'vdx' (xvda, xvda1, sda1, hdc, d0p1 or a number)",
        "/a,,xvda:floppy        | 9  | unknown device type 'floppy', expected cdrom, disk",
        "pyh:/a,xvda,w          | 0  | unknown disk prefix 'pyh:', did you mean 'phy'?",
        "/a,,xvda,vdev=xvdb     | 14 | two values of vdev: 'xvda' and 'xvdb'",
        "raw:/a,xvda,format=vhd | 19 | two formats: raw and vhd",
        "/a,empty,xvda,cdrom    | 0  | format is empty, but there is a target: '/a'",
        "/a,,xvda,backendtype=x | 21 | unknown backendtype 'x', expected phy, tap, qdisk, standalone",
        "/a=b,,xvda             | 2  | unexpected '=' (a target with a '=' is written target=...)"})
    void shouldPointAtWhatIsWrong(final String spec, final int offset, final String message)
    {
        assertFails(spec, offset, message);
    }

    private static void assertFails(final String spec, final int offset, final String message)
    {
        final SpecException ex = assertThrows(SpecException.class, () -> parse(spec));

        assertEquals(message, ex.getMessage());
        assertEquals(offset, ex.offset(), spec);
    }

    private static DiskSpec parse(final String spec)
    {
        return DiskSpecParser.parse(spec, false).disk();
    }

    private static DiskSpec raw(final String target, final String vdev, final int number, final boolean writable)
    {
        return new DiskSpec(target, DiskFormat.RAW, new Vdev(vdev, number), writable, false, null, null, null, true,
            false, true, false, false);
    }
}
