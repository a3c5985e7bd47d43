package org.skerry.examples.shell;

import java.util.Map;
import java.util.function.Consumer;

import org.skerry.guest.xenstore.XenstoreClient;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.ShutdownReason;

/**
 * Listens to {@code control/shutdown}, where the toolstack writes what it wants of the guest. Emptying the node is the
 * answer that it was understood.
 *
 * <p>Spec: docs/misc/xenstore-paths, control/shutdown.
 */
final class ShutdownControl
{
    private static final String NODE = "control/shutdown";
    private static final Map<String, ShutdownReason> REASONS = Map.of(
        "poweroff", ShutdownReason.POWEROFF,
        "halt", ShutdownReason.POWEROFF,
        "reboot", ShutdownReason.REBOOT,
        "crash", ShutdownReason.CRASH);

    private final XenstoreClient store;
    private final Consumer<ShutdownReason> onShutdown;
    private final Consumer<String> log;

    ShutdownControl(
        final XenstoreClient store, final Consumer<ShutdownReason> onShutdown, final Consumer<String> log)
    {
        this.store = store;
        this.onShutdown = onShutdown;
        this.log = log;
    }

    /** Say what this guest understands, and listen. */
    void begin()
    {
        tryToWrite("control/feature-poweroff", "1");
        tryToWrite("control/feature-reboot", "1");
        store.watch(NODE, path -> onChange());
    }

    private void onChange()
    {
        final String wanted = store.read(NODE);

        if (wanted == null || wanted.isEmpty())
        {
            return;
        }

        tryToWrite(NODE, "");
        final ShutdownReason reason = REASONS.get(wanted);

        if (reason == null)
        {
            log.accept(NODE + ": this guest does not know \"" + StoreTree.printable(wanted.getBytes()) + "\"");
        }
        else
        {
            onShutdown.accept(reason);
        }
    }

    private void tryToWrite(final String path, final String value)
    {
        try
        {
            store.write(path, value);
        }
        catch (final XenstoreException exception)
        {
            log.accept(path + ": " + exception.getMessage());
        }
    }
}
