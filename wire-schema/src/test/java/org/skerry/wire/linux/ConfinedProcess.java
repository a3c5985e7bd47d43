package org.skerry.wire.linux;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A process that installs a filter with TSYNC while a second thread is there already; see {@link SeccompTest}. */
final class ConfinedProcess
{
    private ConfinedProcess()
    {
    }

    public static void main(final String[] args) throws InterruptedException
    {
        final CountDownLatch running = new CountDownLatch(1);
        final CountDownLatch installed = new CountDownLatch(1);
        final AtomicInteger ofOther = new AtomicInteger();
        final AtomicInteger ofNew = new AtomicInteger();
        final Thread other = Thread.ofPlatform().start(() ->
        {
            running.countDown();
            awaitQuietly(installed);
            ofOther.set(Unistd.getuid());
        });
        running.await();

        final int result = Seccomp.denyList()
            .errno(SyscallNumbers.SYS_GETUID, 1)
            .install(Seccomp.SECCOMP_FILTER_FLAG_TSYNC);
        installed.countDown();
        final Thread late = Thread.ofPlatform().start(() -> ofNew.set(Unistd.getuid()));
        other.join();
        late.join();
        System.out.println("main " + result + " " + Unistd.getuid() + ", other " + ofOther + ", new " + ofNew);
    }

    private static void awaitQuietly(final CountDownLatch latch)
    {
        try
        {
            latch.await();
        }
        catch (final InterruptedException e)
        {
            Thread.currentThread().interrupt();
        }
    }
}
