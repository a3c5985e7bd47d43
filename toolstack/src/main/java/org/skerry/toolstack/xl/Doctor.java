package org.skerry.toolstack.xl;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.resource.MachineResources;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Landlock;
import org.skerry.wire.linux.Netdevice;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.Unistd;

/**
 * Tries what this machine allows, rather than guessing: one line each, what it is for, and what to do about it. Exit
 * status 1 when something is missing without which no domain can run here.
 */
final class Doctor
{
    private static final int REQUIRED_JDK = 25;
    /** Hypervisor, Domain-0 and the service domains, with a small guest. */
    private static final long REQUIRED_MB = 512;
    private static final long PROBE_TIMEOUT_S = 10;
    private static final Path BWRAP = Path.of("/usr/bin/bwrap");
    private static final String KVM = "/dev/kvm";

    private enum Verdict
    {
        OK, NO, MISSING
    }

    private final PrintStream out;
    private boolean isFit = true;

    Doctor(final PrintStream out)
    {
        this.out = out;
    }

    /** @return exit status: 0 when domains can run here. */
    int examine()
    {
        machine();
        memory();
        confinement();
        network();
        kvm();
        resources();
        out.println(isFit ? "domains can run here" : "domains cannot run here");
        return isFit ? 0 : ToolstackException.EXIT_FAILURE;
    }

    private void machine()
    {
        final String arch = System.getProperty("os.arch");
        final String os = System.getProperty("os.name");
        say("Linux".equals(os) && "amd64".equals(arch) ? Verdict.OK : Verdict.MISSING, "machine",
            os + " " + System.getProperty("os.version") + " " + arch, "needs Linux on x86_64");

        final int jdk = Runtime.version().feature();
        say(jdk == REQUIRED_JDK ? Verdict.OK : Verdict.MISSING, "jdk", Runtime.version() + " in " +
            System.getProperty("java.home"), "needs JDK 25: set JAVA_HOME to one");
        say(Verdict.OK, "user", RunDirectory.ownUid() == 0 ? "root: real TAPs and own uids" :
            "ordinary user " + RunDirectory.ownUid() + ": interfaces meet on switches, not on bridges", "");
    }

    private void memory()
    {
        final String total = line(Path.of("/proc/meminfo"), "MemTotal:");
        final long totalMb = total == null ? 0 : Long.parseLong(total.replaceAll("[^0-9]", "")) >> 10;
        say(totalMb >= REQUIRED_MB ? Verdict.OK : Verdict.MISSING, "ram", totalMb + " MiB",
            "the host itself needs " + REQUIRED_MB + " MiB");

        final int fd = SysMman.memfdCreate("skerry-doctor",
            SysMman.MFD_CLOEXEC | SysMman.MFD_ALLOW_SEALING);
        if (fd < 0)
        {
            say(Verdict.MISSING, "memfd", Errno.nameOf(fd), "memory of domains needs memfd_create");
            return;
        }

        final int sealed = Fcntl.fcntl(fd, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_FUTURE_WRITE);
        Unistd.close(fd);
        say(sealed == 0 ? Verdict.OK : Verdict.MISSING, "memfd", sealed == 0 ? "with seals" : Errno.nameOf(sealed),
            "grants need F_SEAL_FUTURE_WRITE (Linux 5.1)");
    }

    private void confinement()
    {
        final int abi = Landlock.abi();
        say(abi > 0 ? Verdict.OK : Verdict.NO, "landlock", abi > 0 ? "ABI " + abi : Errno.nameOf(abi),
            "add landlock to lsm= on the kernel's command line");

        final String seccomp = line(Path.of("/proc/self/status"), "Seccomp:");
        say(seccomp != null ? Verdict.OK : Verdict.MISSING, "seccomp", seccomp != null ? "there" : "not there",
            "needs a kernel with CONFIG_SECCOMP_FILTER");

        final String bwrap = bubblewrap();
        say(bwrap == null ? Verdict.OK : Verdict.NO, "bubblewrap", bwrap == null ? "works" : bwrap,
            Files.isExecutable(BWRAP) ? userNamespaces() : "apt install bubblewrap");

        if (abi <= 0 && bwrap != null)
        {
            say(Verdict.MISSING, "confinement", "none", "one of landlock and bubblewrap is needed to lock domains in");
        }
        else
        {
            say(Verdict.OK, "confinement", "seccomp and " + (bwrap == null ? "namespaces (bubblewrap)" : "Landlock"),
                "");
        }
    }

    /** Why unprivileged namespaces may be refused. */
    private static String userNamespaces()
    {
        if ("1".equals(first(Path.of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"))))
        {
            return "sysctl kernel.apparmor_restrict_unprivileged_userns=0";
        }
        if ("0".equals(first(Path.of("/proc/sys/kernel/unprivileged_userns_clone"))))
        {
            return "sysctl kernel.unprivileged_userns_clone=1";
        }
        if ("0".equals(first(Path.of("/proc/sys/user/max_user_namespaces"))))
        {
            return "sysctl user.max_user_namespaces=10000";
        }

        return "user namespaces are refused here; Landlock takes their place";
    }

    /** @return null when it works, else why not. */
    private static String bubblewrap()
    {
        if (!Files.isExecutable(BWRAP))
        {
            return "not installed";
        }

        try
        {
            final Process process = new ProcessBuilder(BWRAP.toString(), "--unshare-all", "--ro-bind", "/", "/",
                "--dev", "/dev", "/bin/true").redirectErrorStream(true).start();
            process.getOutputStream().close();
            final String said = new String(process.getInputStream().readNBytes(500), StandardCharsets.UTF_8);
            if (!process.waitFor(PROBE_TIMEOUT_S, TimeUnit.SECONDS))
            {
                process.destroyForcibly();
                return "does not end";
            }
            return process.exitValue() == 0 ? null : said.lines().findFirst().orElse("fails");
        }
        catch (final IOException ex)
        {
            return "cannot be executed";
        }
        catch (final InterruptedException ex)
        {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private void network()
    {
        final int tun = open("/dev/net/tun");
        final boolean root = RunDirectory.ownUid() == 0;
        say(tun == 0 && root ? Verdict.OK : Verdict.NO, "tap",
            !root ? "for root only" : tun == 0 ? "/dev/net/tun" : "/dev/net/tun: " + Errno.nameOf(tun),
            root ? "modprobe tun" : "vifs of an ordinary user meet on switches: switch=NAME");
        say(Netdevice.exists("xenbr0") ? Verdict.OK : Verdict.NO, "bridge",
            Netdevice.exists("xenbr0") ? "xenbr0" : "no xenbr0",
            "ip link add xenbr0 type bridge && ip link set xenbr0 up");
    }

    private void kvm()
    {
        final KvmProbe probe = KvmProbe.examine(KVM);
        final String found = KVM + switch (probe.verdict())
        {
            case USABLE -> ", " + probe.detail();
            case MISSING -> " is missing: " + probe.detail();
            case FORBIDDEN -> " is not permitted: " + probe.detail();
            case EMULATING -> " interprets guest kernels: " + probe.detail();
            case BROKEN -> " does not work: " + probe.detail();
        };
        say(probe.verdict() == KvmProbe.Verdict.USABLE ? Verdict.OK : Verdict.NO, "kvm", found,
            "Linux guests need it, Java guests do not: " + (probe.verdict() == KvmProbe.Verdict.FORBIDDEN ?
                "join the group kvm (usermod -aG kvm $USER), or " : "") + "run 'skerry lab'");
    }

    private void resources()
    {
        final MachineResources found = MachineResources.examine();
        final String cpu = found.hierarchyOf("cpu");
        say(cpu != null ? Verdict.OK : Verdict.NO, "cpu", cpu != null ? "weights and caps by " + cpu :
            "weights by nice values, caps by stopping: " + found.problemOf("cpu"),
            "control groups are more exact: run as root, or in a unit with Delegate=yes");
        final String memory = found.hierarchyOf("memory");
        say(memory != null ? Verdict.OK : Verdict.NO, "memory", memory != null ? "limited by " + memory :
            "a domain's Java is limited by its own flags only: " + found.problemOf("memory"), "as for cpu");
        final String pids = found.hierarchyOf("pids");
        say(pids != null ? Verdict.OK : Verdict.NO, "tasks", pids != null ? "limited by " + pids :
            "not limited: " + found.problemOf("pids"), "as for cpu");
        say(RunDirectory.ownUid() == 0 ? Verdict.OK : Verdict.NO, "nice", RunDirectory.ownUid() == 0 ?
            "up and down" : "down only: a domain gains weight when the others step down", "root can do both");
    }

    private void say(final Verdict verdict, final String what, final String found, final String remedy)
    {
        isFit &= verdict != Verdict.MISSING;
        out.println(String.format(Locale.ROOT, "%-8s %-12s %s%s", verdict.name().toLowerCase(Locale.ROOT), what, found,
            verdict == Verdict.OK || remedy.isEmpty() ? "" : " (" + remedy + ")"));
    }

    /** @return 0 when it opens for reading and writing, else the negative errno. */
    private static int open(final String path)
    {
        final int fd = Fcntl.open(path, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0);
        return fd < 0 ? fd : Unistd.close(fd);
    }

    private static String first(final Path path)
    {
        return line(path, "");
    }

    /** First line of a file that begins so, or null. Files of /proc are read in one piece: they have no length. */
    private static String line(final Path path, final String start)
    {
        try (FileInputStream in = new FileInputStream(path.toFile()))
        {
            return new String(in.readNBytes(1 << 16), StandardCharsets.UTF_8).lines()
                .filter(line -> line.startsWith(start)).findFirst().map(String::strip).orElse(null);
        }
        catch (final IOException ex)
        {
            return null;
        }
    }
}
