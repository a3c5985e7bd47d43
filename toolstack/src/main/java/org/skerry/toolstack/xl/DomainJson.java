package org.skerry.toolstack.xl;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.config.GuestType;
import org.skerry.toolstack.device.DiskSpec;
import org.skerry.toolstack.device.VifSpec;
import org.skerry.wire.Domid;

/**
 * A domain's config as JSON, with libxl's names: what {@code xl list -l} and {@code xl create -n} print.
 */
final class DomainJson
{
    private DomainJson()
    {
    }

    /**
     * @param out    gets one object and a newline.
     * @param domid  of the domain, or null when it has none yet.
     * @param config of the domain.
     */
    static void write(final PrintWriter out, final Domid domid, final DomainConfig config)
    {
        final JsonWriter json = new JsonWriter(out);
        domain(json, domid, config);
        out.println();
    }

    static void domain(final JsonWriter json, final Domid domid, final DomainConfig config)
    {
        json.beginObject();
        if (domid == null)
        {
            json.name("domid").nothing();
        }
        else
        {
            json.name("domid").value(domid.value());
        }
        json.name("config").beginObject();
        createInfo(json, config);
        buildInfo(json, config);
        if (!config.disks().isEmpty())
        {
            json.name("disks").beginArray();
            config.disks().forEach(disk -> disk(json, disk));
            json.endArray();
        }
        if (!config.vifs().isEmpty())
        {
            json.name("nics").beginArray();
            config.vifs().forEach(vif -> vif(json, vif));
            json.endArray();
        }
        json.name("on_poweroff").value(config.actions().onPoweroff().text())
            .name("on_reboot").value(config.actions().onReboot().text())
            .name("on_watchdog").value(config.actions().onWatchdog().text())
            .name("on_crash").value(config.actions().onCrash().text())
            .name("on_soft_reset").value(config.actions().onSoftReset().text());
        json.endObject().endObject();
    }

    private static void createInfo(final JsonWriter json, final DomainConfig config)
    {
        json.name("c_info").beginObject()
            .name("type").value(config.type() == GuestType.PV ? "pv" : "pvh")
            .name("name").value(config.name())
            .name("uuid").value(config.uuid().toString());
        if (config.driverDomain())
        {
            json.name("driver_domain").value("True");
        }
        json.endObject();
    }

    private static void buildInfo(final JsonWriter json, final DomainConfig config)
    {
        json.name("b_info").beginObject()
            .name("max_vcpus").value(config.maxVcpus())
            .name("avail_vcpus").beginArray();
        for (int i = 0; i < config.vcpus(); i++)
        {
            json.value(i);
        }
        json.endArray()
            .name("max_memkb").value(config.maxMemoryKb())
            .name("target_memkb").value(config.memoryKb())
            .name("sched_params").beginObject()
            .name("weight").value(config.cpuWeight())
            .name("cap").value(config.cpuCap())
            .endObject();
        limit(json, "max_grant_frames", config.maxGrantFrames());
        limit(json, "max_maptrack_frames", config.maxMaptrackFrames());
        limit(json, "event_channels", config.maxEventChannels());
        json.name("kernel").value(config.kernel().toString());
        if (!config.cmdline().isEmpty())
        {
            json.name("cmdline").value(config.cmdline());
        }
        if (config.ramdisk() != null)
        {
            json.name("ramdisk").value(config.ramdisk().toString());
        }
        json.endObject();
    }

    private static void disk(final JsonWriter json, final DiskSpec disk)
    {
        json.beginObject();
        text(json, "backend_domname", disk.backend());
        json.name("pdev_path").value(disk.target())
            .name("vdev").value(disk.vdev().name());
        text(json, "backend", disk.backendType());
        json.name("format").value(disk.format().name().toLowerCase(Locale.ROOT));
        text(json, "script", disk.script());
        json.name("removable").value(disk.cdrom() ? 1 : 0)
            .name("readwrite").value(disk.writable() ? 1 : 0)
            .name("is_cdrom").value(disk.cdrom() ? 1 : 0)
            .name("discard_enable").value(disk.discard() ? "True" : "False")
            .name("trusted").value(disk.trusted() ? "True" : "False")
            .endObject();
    }

    private static void vif(final JsonWriter json, final VifSpec vif)
    {
        json.beginObject();
        text(json, "backend_domname", vif.backend());
        json.name("devid").value(vif.devid())
            .name("mtu").value(vif.mtu());
        text(json, "model", vif.model());
        json.name("mac").value(vif.mac().toString());
        text(json, "ip", vif.ips().isEmpty() ? null : String.join(" ", vif.ips()));
        text(json, "bridge", vif.bridge());
        text(json, "switch", vif.switchName());
        text(json, "ifname", vif.vifname());
        text(json, "gatewaydev", vif.gatewaydev());
        if (vif.rate() != null)
        {
            json.name("rate_bytes_per_interval").value(vif.rate().bytesPerInterval())
                .name("rate_interval_usecs").value(vif.rate().intervalUs());
        }
        text(json, "vlan", vif.vlan());
        json.name("trusted").value(vif.trusted() ? "True" : "False")
            .endObject();
    }

    private static void text(final JsonWriter json, final String name, final String value)
    {
        if (value != null)
        {
            json.name(name).value(value);
        }
    }

    private static void limit(final JsonWriter json, final String name, final int value)
    {
        if (value >= 0)
        {
            json.name(name).value(value);
        }
    }

    static void list(final PrintWriter out, final List<Domid> domids, final List<DomainConfig> configs)
    {
        final JsonWriter json = new JsonWriter(out);
        json.beginArray();
        for (int i = 0; i < domids.size(); i++)
        {
            domain(json, domids.get(i), configs.get(i));
        }
        json.endArray();
        out.println();
    }
}
