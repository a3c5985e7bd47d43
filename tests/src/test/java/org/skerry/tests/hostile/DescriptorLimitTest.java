package org.skerry.tests.hostile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.hypercall.ChannelBoundDecoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Ports cost the hypervisor descriptors, of which Linux lets it have so many: here few. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DescriptorLimitTest
{
    private static final int LIMIT = 600;
    private static final int MAX_PORTS = 4095;

    @Test
    void shouldKeepDescriptorsForDomain0WhenDomainsTakeAllTheyCan() throws IOException, InterruptedException
    {
        final List<String> command = new ArrayList<>(List.of(
            "sh", "-c", "ulimit -n " + LIMIT + "; exec \"$@\"", "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED", "-cp",
            System.getProperty("java.class.path"), DescriptorLimitTest.class.getName()));
        final Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        child.getOutputStream().close();
        final String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, child.waitFor(), said);
    }

    /**
     * @param args none.
     */
    public static void main(final String[] args)
    {
        final TestHost host = new TestHost();
        final RawDomain bystander = host.newRawDomain();
        final RawDomain greedy = host.newRawDomain(MAX_PORTS);
        final RawDomain accomplice = host.newRawDomain(MAX_PORTS);
        long bound;
        int count = -1;
        do
        {
            bound = accomplice.bindInterdomain(
                greedy.domid(), greedy.allocUnbound(Domid.DOMID_SELF, accomplice.domid()));
            if (bound > 0)
            {
                greedy.awaitEvent(ChannelBoundDecoder.TEMPLATE_ID).close();
            }
            count++;
        }
        while (bound > 0);

        require(bound == Errno.ENOSPC.negative() && count > LIMIT / 8, "bound " + count + ", then " + bound);
        require(bystander.allocUnbound(Domid.DOMID_SELF, 0) > 0, "a port without a bell");
        final RawDomain built = host.newRawDomain();
        require(built.allocUnbound(Domid.DOMID_SELF, 0) > 0, "a new domain lives");
        require(host.destroy(built.domid()) == 0, "and is ended");
        require(host.destroy(greedy.domid()) == 0, "as is the greedy one");
        require(bystander.bindInterdomain(accomplice.domid(),
            accomplice.allocUnbound(Domid.DOMID_SELF, bystander.domid())) > 0, "a bell again");
        System.exit(0);
    }

    private static void require(final boolean isTrue, final String what)
    {
        if (!isTrue)
        {
            System.out.println(what);
            System.exit(1);
        }
    }
}
