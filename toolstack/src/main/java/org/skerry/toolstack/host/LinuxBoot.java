package org.skerry.toolstack.host;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.toolstack.Patience;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.launch.LaunchedProcess;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.linux.Fcntl;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

/**
 * What the runner of a Linux guest is handed, and its word on whether the guest can be entered. The runner opens
 * nothing by itself: it gets {@code /dev/kvm}, the kernel, the ramdisk and a stream. On the stream it writes one line,
 * empty when the guest is loaded, else what is wrong; it enters the guest when our end is closed.
 */
final class LinuxBoot implements AutoCloseable
{
    /** What runs the guest. */
    static final String MAIN_CLASS = "org.skerry.pvh.PvhMain";

    /**
     * MiB of heap that the runner may use. It needs a tenth of it, but for a kernel packed with xz, whose dictionary
     * has up to 128 MiB; the room that is not used is there for the unpacked kernel, which is not in the heap.
     */
    static final int HEAP_MB = 192;

    /** The most vCPUs of a Linux guest. */
    static final int VCPUS_MAX = 4;

    private static final String KVM = "/dev/kvm";
    private static final long PATIENCE_SECONDS = 60;
    private static final int POLL_MS = 100;
    private static final int LINE_LENGTH_MAX = 4096;

    private final DomainConfig config;
    private final List<Integer> fds = new ArrayList<>();
    private int kvm = -1;
    private int kernel = -1;
    private int ramdisk = -1;
    private int ownEnd = -1;
    private int runnersEnd = -1;

    private LinuxBoot(final DomainConfig config)
    {
        this.config = config;
    }

    /** Open all that is needed; nothing stays open when something cannot be had. */
    static LinuxBoot open(final DomainConfig config)
    {
        final LinuxBoot boot = new LinuxBoot(config);
        boolean done = false;
        try
        {
            boot.openAll();
            done = true;
            return boot;
        }
        finally
        {
            if (!done)
            {
                boot.close();
            }
        }
    }

    /** Hand everything to the domain, before its process starts. */
    void hand(final Domctl domctl, final Domid domid)
    {
        domctl.giveCapability(domid, "boot", runnersEnd);
        if (ramdisk >= 0)
        {
            domctl.giveCapability(domid, "ramdisk", ramdisk);
        }
        domctl.giveCapability(domid, "kvm", kvm);
        domctl.giveCapability(domid, "kernel", kernel);
    }

    /**
     * Wait until the guest is loaded; it runs when this is closed.
     *
     * @param process the runner.
     * @throws org.skerry.toolstack.config.ConfigException with the reason when it cannot be.
     */
    void awaitLoaded(final LaunchedProcess process)
    {
        Unistd.close(take(runnersEnd));
        final UnsafeBuffer pollfd = new UnsafeBuffer(ByteBuffer.allocateDirect(Poll.POLLFD_LENGTH));
        final UnsafeBuffer line = new UnsafeBuffer(ByteBuffer.allocateDirect(LINE_LENGTH_MAX));
        final long deadlineNs = System.nanoTime() + Patience.ns(PATIENCE_SECONDS, TimeUnit.SECONDS);
        int length = 0;
        while (length == 0 || line.getByte(length - 1) != '\n')
        {
            final boolean hasEnded = process.exit().isDone();
            Poll.set(pollfd.addressOffset(), 0, ownEnd, Poll.POLLIN);
            if (Poll.poll(pollfd.addressOffset(), 1, hasEnded ? 0 : POLL_MS) > 0)
            {
                final long read = length == LINE_LENGTH_MAX ? 0 :
                    Unistd.read(ownEnd, line.addressOffset() + length, LINE_LENGTH_MAX - length);
                if (read > 0)
                {
                    length += (int)read;
                    continue;
                }
                throw config.problem("kernel", "the guest's process ended before the kernel was loaded");
            }
            if (hasEnded)
            {
                throw config.problem("kernel", "the guest's process ended before the kernel was loaded");
            }
            if (System.nanoTime() - deadlineNs > 0)
            {
                throw config.problem("kernel", "the kernel was not loaded within " + PATIENCE_SECONDS + " s");
            }
        }
        if (length > 1)
        {
            final byte[] text = new byte[length - 1];
            line.getBytes(0, text);
            throw config.problem("kernel", config.kernel() + ": " +
                new String(text, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?"));
        }
    }

    @Override
    public void close()
    {
        fds.forEach(Unistd::close);
        fds.clear();
    }

    /**
     * @param errno negative, why {@code /dev/kvm} cannot be opened.
     * @return what is wrong and what to do about it, one line.
     */
    static String kvmProblem(final int errno)
    {
        final String lab = ", or try a Linux guest in software: bin/skerry lab";
        if (errno == Errno.EACCES.negative() || errno == Errno.EPERM.negative())
        {
            return "no permission to open " + KVM + ", which a Linux guest needs: join the group kvm (sudo usermod " +
                "-aG kvm $USER, then log in again)" + lab;
        }
        if (errno == Errno.ENOENT.negative())
        {
            return "no " + KVM + ", which a Linux guest needs: switch virtualisation on in the firmware, or nested " +
                "virtualisation in the outer machine, and load kvm_intel or kvm_amd" + lab;
        }

        return "cannot open " + KVM + ", which a Linux guest needs: " + Errno.nameOf(errno) + "; load kvm_intel or " +
            "kvm_amd" + lab;
    }

    private void openAll()
    {
        if (config.vcpus() > VCPUS_MAX)
        {
            throw config.problem("vcpus", "a Linux guest has at most " + VCPUS_MAX + " vCPUs");
        }
        kvm = keep(Fcntl.open(KVM, Fcntl.O_RDWR | Fcntl.O_CLOEXEC, 0));
        if (kvm < 0)
        {
            throw config.problem("kernel", kvmProblem(kvm));
        }
        kernel = openFile("kernel", config.kernel().toString());
        if (config.ramdisk() != null)
        {
            ramdisk = openFile("ramdisk", config.ramdisk().toString());
        }
        final long pair = SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM | SysSocket.SOCK_CLOEXEC);
        ownEnd = keep(SysSocket.first(pair));
        runnersEnd = keep(SysSocket.second(pair));
    }

    private int openFile(final String key, final String file)
    {
        final int fd = keep(Fcntl.open(file, Fcntl.O_RDONLY | Fcntl.O_CLOEXEC, 0));
        if (fd < 0)
        {
            throw config.problem(key, "cannot open " + file + ": " + Errno.nameOf(fd));
        }
        if (!SysStat.isRegularFile(fd))
        {
            throw config.problem(key, file + " is not a file");
        }
        if (SysStat.fileSize(fd) == 0)
        {
            throw config.problem(key, file + " is empty; fetch or build it again");
        }

        return fd;
    }

    private int keep(final int fd)
    {
        if (fd >= 0)
        {
            fds.add(fd);
        }

        return fd;
    }

    private int take(final int fd)
    {
        fds.remove((Integer)fd);
        return fd;
    }
}
