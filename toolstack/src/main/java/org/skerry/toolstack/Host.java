package org.skerry.toolstack;

import java.util.List;
import java.util.SequencedMap;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.device.VbdInfo;
import org.skerry.toolstack.device.VifInfo;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;

/**
 * The host, seen from Domain-0: all that a command can ask for. Methods may be called by any thread and at the same
 * time; what must not overlap is kept apart by the implementation. What cannot be done ends in a
 * {@link ToolstackException} that tells the user why, and leaves nothing behind.
 */
public interface Host
{
    /**
     * Create a domain, connect its devices and, unless it is to stay paused, let it run.
     * <p>
     * Returns when every backend is ready for its frontend; the guest connects when its kernel does. A fault that
     * belongs to a line of the config (a name in use, an image held by another domain, more memory than there is) is
     * thrown as {@link DomainConfig#problem(String, String)}, so that the user learns the place.
     *
     * @param config   what to create.
     * @param options  how.
     * @param progress told what is being done.
     * @return the new domain.
     */
    Domid create(DomainConfig config, CreateOptions options, Progress progress);

    /** @return all domains that exist, Domain-0 and services included, by ascending domid. */
    List<DomainInfo> domains();

    /**
     * Look a domain up the way a user names it. A decimal number is a domid, never a name.
     *
     * @param idOrName decimal domid, exact name, or UUID.
     * @return the domain, or null when there is none.
     */
    DomainInfo find(String idOrName);

    /**
     * @param domid of a guest.
     * @return what it was created from, or null for Domain-0 and services.
     */
    DomainConfig configOf(Domid domid);

    /**
     * Stop a domain where it stands.
     *
     * @param domid which.
     */
    void pause(Domid domid);

    /**
     * Let a paused domain run.
     *
     * @param domid which.
     */
    void unpause(Domid domid);

    /** @return what can be changed of domains that run. */
    DomainControl control();

    /**
     * Ask a domain to stop by itself: writes {@code control/shutdown}. Returns when the request is out, not when it
     * was followed.
     *
     * @param domid  which.
     * @param reason {@link ShutdownReason#POWEROFF} or {@link ShutdownReason#REBOOT}.
     */
    void requestShutdown(Domid domid, ShutdownReason reason);

    /**
     * Wait until a domain has stopped or is gone.
     *
     * @param domid which.
     * @return why it stopped, or null when it is gone without having said so.
     * @throws InterruptedException when the user gave up waiting.
     */
    ShutdownReason awaitShutdown(Domid domid) throws InterruptedException;

    /**
     * Wait until a domain does not exist any more.
     *
     * @param domid which.
     * @throws InterruptedException when the user gave up waiting.
     */
    void awaitGone(Domid domid) throws InterruptedException;

    /**
     * End a domain at once, whether it agrees or not. Returns when no process, file, socket, TAP or store node of it
     * is left.
     *
     * @param domid which; never Domain-0.
     */
    void destroy(Domid domid);

    /**
     * @param domid which.
     * @return its virtual disks, by ascending number, as xenstore shows them.
     */
    List<VbdInfo> vbds(Domid domid);

    /**
     * @param domid which.
     * @return its virtual network interfaces, by ascending number, as xenstore shows them.
     */
    List<VifInfo> vifs(Domid domid);

    /**
     * @param domid     which.
     * @param consoleId which of its consoles; the first is 0.
     * @return where that console is served.
     */
    ConsoleEndpoint consoleOf(Domid domid, int consoleId);

    /**
     * @return what {@code xl info} prints: keys of xl in xl's order ({@code host} to {@code xend_config_format}) and
     * their values. A key whose value is not known is left out.
     */
    SequencedMap<String, String> info();

    /**
     * @param clear forget the messages after reading them.
     * @return messages of the hypervisor since it started, or since they were forgotten; each line ends in a newline.
     */
    String messages(boolean clear);

    /**
     * Make the hypervisor tell about itself in its messages.
     *
     * @param keys one character for each thing it can tell; those that it does not know it says so about.
     */
    void debugKeys(String keys);

    /**
     * Stop every guest, then every service, then the hypervisor. Guests are asked first and destroyed when they do not
     * follow in time. After this only Domain-0 itself is left, and it leaves when it has answered whoever asked.
     *
     * @param progress told what is being done.
     */
    void down(Progress progress);
}
