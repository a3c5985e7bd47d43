package org.skerry.toolstack.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.skerry.guest.xenstore.XenstoreAccess;
import org.skerry.wire.Domid;
import org.skerry.wire.XenbusState;

/**
 * The devices of a domain as they are found in xenstore. Which there are is Domain-0's own record; how they are is what
 * the guest says, and anything it says is survived.
 */
public final class DeviceLists
{
    private static final Pattern BACKEND =
        Pattern.compile("/local/domain/([0-9]{1,5})/backend/[a-z0-9]+/([0-9]{1,5})/([0-9]{1,10})");

    /** A link between the two halves of a device. */
    private record Link(int id, Domid backend, String frontendPath, String backendPath)
    {
    }

    private DeviceLists()
    {
    }

    /**
     * @param store    to read.
     * @param frontend whose disks.
     * @return its virtual disks by ascending number.
     */
    public static List<VbdInfo> vbds(final XenstoreAccess store, final Domid frontend)
    {
        return links(store, DeviceNodes.VBD, frontend).stream()
            .map(link -> new VbdInfo(
                link.id(),
                link.backend(),
                frontend,
                XenbusState.parse(store.read(link.frontendPath() + "/state")),
                number(store, link.frontendPath() + "/event-channel"),
                number(store, link.frontendPath() + "/ring-ref"),
                link.backendPath()))
            .toList();
    }

    /**
     * @param store    to read.
     * @param frontend whose interfaces.
     * @return its virtual network interfaces by ascending number.
     */
    public static List<VifInfo> vifs(final XenstoreAccess store, final Domid frontend)
    {
        return links(store, DeviceNodes.VIF, frontend).stream()
            .map(link -> new VifInfo(
                link.id(),
                link.backend(),
                frontend,
                text(store, link.backendPath() + "/mac"),
                XenbusState.parse(store.read(link.frontendPath() + "/state")),
                number(store, link.frontendPath() + "/event-channel"),
                number(store, link.frontendPath() + "/tx-ring-ref"),
                number(store, link.frontendPath() + "/rx-ring-ref"),
                link.backendPath()))
            .toList();
    }

    private static List<Link> links(final XenstoreAccess store, final String kind, final Domid frontend)
    {
        final String directory = DeviceNodes.libxlDevices(kind, frontend);
        final List<Link> links = new ArrayList<>();
        for (final String name : store.directory(directory))
        {
            final String backendPath = store.read(directory + "/" + name + "/backend");
            final String frontendPath = store.read(directory + "/" + name + "/frontend");
            final Matcher matcher = BACKEND.matcher(backendPath == null ? "" : backendPath);
            if (frontendPath != null && matcher.matches() && matcher.group(3).equals(name))
            {
                links.add(new Link(Integer.parseInt(name), new Domid(Integer.parseInt(matcher.group(1))),
                    frontendPath, backendPath));
            }
        }
        links.sort(Comparator.comparingInt(Link::id));

        return links;
    }

    /** A decimal number of a guest, or -1: it may have written anything. */
    private static int number(final XenstoreAccess store, final String path)
    {
        final String text = store.read(path);
        return text != null && text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }

    private static String text(final XenstoreAccess store, final String path)
    {
        final String text = store.read(path);
        return text == null ? "" : text;
    }
}
