package org.skerry.toolstack.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Keys of xl.cfg(5) and of xm's files, by what becomes of them here.
 */
final class ConfigKeys
{
    /** Keys that mean something here. */
    static final Set<String> USED = Set.of("name", "uuid", "type", "builder", "kernel", "ramdisk", "cmdline", "root",
        "extra", "memory", "maxmem", "vcpus", "maxvcpus", "disk", "vif", "on_poweroff", "on_reboot", "on_watchdog",
        "on_crash", "on_soft_reset", "cpu_weight", "cap", "cpus", "cpus_soft", "driver_domain",
        "max_grant_frames", "max_maptrack_frames", "max_event_channels");

    /** Keys that xl or xm knows and that change nothing here. */
    static final Set<String> UNUSED = Set.copyOf(Arrays.asList((
        "acpi acpi_firmware acpi_laptop_slate acpi_s3 acpi_s4 altp2m altp2m_count altp2mhvm apic arm_sci bios " +
        "bios_path_override boot bootloader bootloader_args bootloader_restrict bootloader_user channel cpuid " +
        "device_model device_model_args device_model_args_hvm device_model_args_pv device_model_override " +
        "device_model_stubdomain_override device_model_stubdomain_seclabel device_model_user device_model_version " +
        "device_tree display dm_restrict dtdev e820_host extratime firmware firmware_override gfx_passthru " +
        "gic_version hap hdtype hpet hvm_pirq init_seclabel iomem ioports irqs keymap latency llc_colors localtime " +
        "max_grant_version mca_caps mmio_hole ms_vm_genid msr_relaxed nestedhvm nographic nomigrate nr_spis nx oos " +
        "opengl p9 pae passthrough pci pci_msitranslate pci_permissive pci_power_mgmt pci_seize period pool pvcalls " +
        "pvshim pvshim_cmdline pvshim_extra pvshim_path rdm rdm_mem_boundary rtc_timeoffset sdl seclabel serial " +
        "shadow_memory slice smbios smbios_firmware soundhw spice spice_clipboard_sharing spice_image_compression " +
        "spice_streaming_video spiceagent_mouse spicedisable_ticketing spicehost spicepasswd spiceport " +
        "spicetls_port spiceusbredirection spicevdagent stdvga stubdomain_cmdline stubdomain_kernel " +
        "stubdomain_memory stubdomain_ramdisk sve tee timer_mode trap_unmapped_accesses tsc_mode usb usbctrl usbdev " +
        "usbdevice usbversion vdispl vendor_device vfb vga videoram vif2 viridian virtio vkb vkb_device " +
        "vmtrace_buf_kb vnc vncdisplay vnclisten vncpasswd vncunused vncviewer vnuma vpmu vpt_align vsnd vtpm vuart " +
        "xauthority xen_platform_pci xen_platform_pci_bar_uc xend_suspend_evtchn_compat xenstore_feature_mask " +
        "xenstore_quota " +
        "bootargs bootentry console cpu cpu_time dhcp gateway hostname interface ip keymap monitor netmask nfs_root " +
        "nfs_server nics on_xend_start on_xend_stop restart vmid vncconsole").split(" ")));

    private ConfigKeys()
    {
    }

    /** @return all keys, used ones first. */
    static List<String> all()
    {
        final List<String> all = new ArrayList<>(USED);
        all.addAll(UNUSED);
        return all;
    }
}
