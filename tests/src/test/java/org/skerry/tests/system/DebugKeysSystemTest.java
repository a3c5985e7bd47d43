package org.skerry.tests.system;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.tests.hostile.RawDomain;
import org.skerry.tests.hostile.TestHost;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.Virq;
import org.skerry.wire.hypercall.ConsoleIoWriteEncoder;
import org.skerry.wire.hypercall.HypercallResponseDecoder;
import org.skerry.wire.hypercall.XenVersionEncoder;
import org.skerry.wire.linux.Eventfd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The console ring of the hypervisor: its banner, what domains say, what debug keys dump. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class DebugKeysSystemTest
{
    private static final int FRAME = 10;
    private static final int REF = 8;

    private final TestHost host = new TestHost();
    private final RawDomain domain = host.newRawDomain();
    private final RawDomain other = host.newRawDomain();

    @AfterEach
    void close()
    {
        domain.close();
        other.close();
        host.close();
    }

    @Test
    void shouldBeginWithABannerAndTellWhenThereIsMore()
    {
        try (RawDomain.Message virq = host.dom0().bindVirq(Virq.CON_RING, 0))
        {
            final String text = host.messages();
            assertTrue(text.startsWith("(XEN) Skerry version 0.1 "), text);
            assertTrue(text.contains("(XEN) System RAM: 390MB (400000kB)\n"), text);
            assertEquals(0, Eventfd.drain(virq.fds()[0]));

            host.debugKeys("h");

            assertEquals(1, Eventfd.drain(virq.fds()[0]));
        }
    }

    @Test
    void shouldNameTheKeysThatItHears()
    {
        host.messages();
        assertEquals(0, host.debugKeys("h"));

        final String text = host.messages();
        assertTrue(text.startsWith("(XEN) 'h' pressed -> showing installed handlers\n"), text);
        assertTrue(text.contains("(XEN)  key 'g' (ascii '67') => print grant table usage\n"), text);
        assertEquals(0, host.debugKeys("zZ\u0000\u00E4"));
        assertEquals("", host.messages());
        assertEquals(Errno.E2BIG.negative(), host.debugKeys("qqqqqqqqq"));
    }

    @Test
    void shouldDumpEventChannelsAsXenDoes()
    {
        final long kept = domain.allocUnbound(Domid.DOMID_SELF, other.domid());
        other.bindInterdomain(domain.domid(), kept);
        domain.allocUnbound(Domid.DOMID_SELF, 0);
        domain.bindVirq(Virq.TIMER, 0).close();
        domain.bindIpi(0).close();
        host.messages();

        assertEquals(0, host.debugKeys("e"));

        final String text = host.messages();
        assertTrue(text.contains("(XEN) Event channel information for domain 1:\n(XEN)     port [p/m/s]\n" +
            "(XEN)        1 [-/-/0]: s=3 n=0 x=0 d=2 p=1\n" +
            "(XEN)        2 [-/-/0]: s=2 n=0 x=0 d=0\n" +
            "(XEN)        3 [-/-/0]: s=5 n=0 x=0 v=0\n" +
            "(XEN)        4 [-/-/0]: s=6 n=0 x=0\n"), text);
    }

    @Test
    void shouldDumpGrantsInUseAsXenDoes()
    {
        other.moveToWindow(FRAME, 1, domain.domid());
        other.grant(REF, 1, domain.domid(), FRAME);
        domain.map(other.domid(), REF, 0);
        host.messages();

        assertEquals(0, host.debugKeys("g"));

        final String text = host.messages();
        assertTrue(text.contains("(XEN) grant-table for remote d2 (v1)\n" +
            "(XEN) [0x008]      1 0x0000a  0x00010000          1 0x00000a 0x19\n"), text);
        assertTrue(text.contains("(XEN) grant-table for remote d1 (v1)\n(XEN) no active grant table entries\n"), text);
    }

    @Test
    void shouldAskEveryDomainHowItIs()
    {
        try (RawDomain.Message virq = domain.bindVirq(Virq.DEBUG, 0))
        {
            host.pause(other.domid());
            host.messages();

            assertEquals(0, host.debugKeys("q"));

            final String text = host.messages();
            assertTrue(text.contains("(XEN) General information for domain 1:\n"), text);
            assertTrue(text.contains("pause_count=1"), text);
            assertEquals(1, Eventfd.drain(virq.fds()[0]));
        }
    }

    @Test
    void shouldEndADumpHoweverMuchThereIs()
    {
        for (int i = 0; i < 20; i++)
        {
            final RawDomain hoarder = host.newRawDomain();
            while (hoarder.allocUnbound(Domid.DOMID_SELF, 0) > 0)
            {
                continue;
            }
        }
        host.messages();
        final long before = host.cpuTimeNs();

        assertEquals(0, host.debugKeys("eeee"));

        assertTrue(host.cpuTimeNs() - before < TimeUnit.MILLISECONDS.toNanos(400), "it takes long");
        final String text = host.messages();
        assertTrue(text.length() < 32_768);
        assertTrue(text.contains("    ... and 136 more\n"), text);
        assertTrue(text.contains("... and more, from domain "), text);
    }

    @Test
    void shouldPrintWhatADomainSaysUnderItsOwnName()
    {
        host.messages();

        assertEquals(6, write(domain, "hello ", 6));
        assertEquals(23, write(domain, "world\n(XEN) not me\n\u001B[2J", 23));
        assertEquals(Errno.EINVAL.negative(), write(domain, "", 0));
        assertEquals(Errno.EINVAL.negative(), write(domain, "", Hypercalls.CONSOLE_TEXT_LENGTH + 1));
        assertEquals(Errno.EINVAL.negative(), write(domain, "", 0xFFFF));

        assertEquals("(d1) hello world\n(d1) (XEN) not me\n", host.messages());
    }

    @Test
    void shouldNotLetADomainFloodTheRing()
    {
        host.messages();
        int taken = 0;
        for (int i = 0; i < 2000; i++)
        {
            taken += (int)write(domain, "x".repeat(47) + "\n", 48);
        }

        assertTrue(taken < 20_000, "taken=" + taken);
        assertTrue(host.messages().length() < 20_000);
        assertEquals(3, write(other, "ab\n", 3));
        assertEquals("(d2) ab\n", host.messages());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldTellItsVersionToAnyone(final int who)
    {
        final RawDomain asker = who == 0 ? host.dom0() : domain;
        final HypercallResponseDecoder response = asker.hypercall(offset -> new XenVersionEncoder()
            .wrap(asker.ringPage(), offset).op(XenVersionEncoder.TEMPLATE_ID));

        assertEquals(Hypercalls.VERSION_MAJOR << 16 | Hypercalls.VERSION_MINOR, response.result());
        assertEquals(Hypercalls.ABI_VERSION, response.value0());
        assertFalse(response.result() < 0);
    }

    private static long write(final RawDomain domain, final String text, final int length)
    {
        return domain.hypercall(offset ->
        {
            new ConsoleIoWriteEncoder().wrap(domain.ringPage(), offset)
                .op(ConsoleIoWriteEncoder.TEMPLATE_ID).length(length);
            domain.ringPage().putBytes(offset + ConsoleIoWriteEncoder.text0EncodingOffset(),
                text.getBytes(StandardCharsets.ISO_8859_1));
        }).result();
    }
}
