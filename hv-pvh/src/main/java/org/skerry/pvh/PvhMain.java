package org.skerry.pvh;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

import org.skerry.guest.Domain;
import org.skerry.guest.StartInfo;
import org.skerry.pvh.image.ImageException;
import org.skerry.pvh.image.KernelImage;
import org.skerry.pvh.image.PvhMachine;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ShutdownReason;
import org.skerry.wire.confinement.ConfinementProfile;
import org.skerry.wire.linux.SysMman;
import org.skerry.wire.linux.SysStat;
import org.skerry.wire.linux.Unistd;

/**
 * The process of a Linux guest. Domain-0 hands it an open /dev/kvm as capability {@code kvm}, the kernel's image as
 * {@code kernel} and, when there are any and before the kernel, its ramdisk as {@code ramdisk} and the end of a
 * {@link BootReport}; vCPUs, memory and command line are those of the domain.
 */
public final class PvhMain
{
    private static final String KVM = "kvm";
    private static final String KERNEL = "kernel";
    private static final String RAMDISK = "ramdisk";
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int POLL_MS = 100;
    private static final int EXIT_REFUSED = 2;

    private final Domain domain;
    private final BootReport report;
    private PvhGuest guest;

    private PvhMain(final Domain domain)
    {
        this.domain = domain;
        report = new BootReport(domain.capabilities());
    }

    /**
     * @param args none.
     */
    public static void main(final String[] args)
    {
        openLibraries();
        final Domain domain = Domain.attach();
        domain.confine(ConfinementProfile.VCPU_RUNNER);
        final PvhMain runner = new PvhMain(domain);
        try
        {
            runner.boot();
            domain.loop().run();
        }
        catch (final KvmException | ImageException e)
        {
            System.err.println(e.getMessage());
            if (runner.report.refused(e.getMessage()))
            {
                Runtime.getRuntime().halt(EXIT_REFUSED);
            }
            domain.shutdown(ShutdownReason.CRASH);
        }
    }

    /** A confined process opens no more jars: looking for what is in none of them opens all. */
    private static void openLibraries()
    {
        PvhMain.class.getClassLoader().getResource("org/skerry/pvh/nothing");
    }

    private void boot() throws KvmException, ImageException
    {
        final int kernel = await(KERNEL);
        final int kvm = await(KVM);
        final int ramdisk = domain.capabilities().take(RAMDISK);
        guest = new PvhGuest(domain, kvm, this::onEnd);
        Unistd.close(kvm);
        guest.serveGrants();

        final PvhMachine.Loaded loaded = load(kernel, ramdisk);
        report.loaded();
        guest.start(loaded.entry(), loaded.startInfo());
    }

    private PvhMachine.Loaded load(final int kernel, final int ramdisk) throws ImageException, KvmException
    {
        final StartInfo info = domain.startInfo();
        final MemorySegment kernelFile = map(KERNEL, kernel);
        final MemorySegment ramdiskFile = ramdisk < 0 ? null : map(RAMDISK, ramdisk);
        try (KernelImage image = KernelImage.read(kernelFile))
        {
            return PvhMachine.load(
                image,
                new PvhMachine.Spec(
                    info.vcpus(), domain.domid().value(), info.firstFreeFrame(), domain.memory().populatedFrames(),
                    info.cmdline(), ramdiskFile, !guest.isInterceptingHypercalls(), PvhGuest.HYPERCALL_PORT),
                SysMman.segment(
                    domain.memory().address(), (long)domain.memory().frameCount() << Hypercalls.PAGE_SHIFT));
        }
        finally
        {
            unmap(kernelFile);
            unmap(ramdiskFile);
        }
    }

    private int await(final String tag) throws KvmException
    {
        final long deadline = System.nanoTime() + PATIENCE_NS;
        int fd = domain.capabilities().take(tag);
        while (fd < 0)
        {
            if (deadline - System.nanoTime() < 0)
            {
                throw new KvmException("Domain-0 handed over no " + tag);
            }
            domain.loop().poll(POLL_MS);
            fd = domain.capabilities().take(tag);
        }

        return fd;
    }

    private void onEnd(final ShutdownReason reason, final String why)
    {
        System.err.println("domain " + domain.domid() + " ended: reason=" + reason + ", exits=" + guest.exits() +
            (why == null ? "" : "; " + why));
        domain.shutdown(reason);
    }

    /** The descriptor is closed, the file stays mapped. */
    private static MemorySegment map(final String tag, final int fd) throws KvmException
    {
        final long length = SysStat.fileSize(fd);
        final long address = length <= 0 ? Errno.EINVAL.negative() :
            SysMman.mmap(0, length, SysMman.PROT_READ, SysMman.MAP_PRIVATE, fd, 0);
        Unistd.close(fd);
        if (address < 0)
        {
            throw new KvmException("cannot read the " + tag + ": length=" + length + ", " + Errno.nameOf(address));
        }

        return SysMman.segment(address, length);
    }

    private static void unmap(final MemorySegment file)
    {
        if (file != null)
        {
            SysMman.munmap(file.address(), file.byteSize());
        }
    }
}
