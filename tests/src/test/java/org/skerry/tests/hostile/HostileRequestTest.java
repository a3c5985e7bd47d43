package org.skerry.tests.hostile;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.hypercall.AttachEncoder;
import org.skerry.wire.hypercall.BindInterdomainEncoder;
import org.skerry.wire.hypercall.CreateDomainEncoder;
import org.skerry.wire.hypercall.GiveCapabilityEncoder;
import org.skerry.wire.hypercall.MessageHeaderEncoder;
import org.skerry.wire.hypercall.MoveToWindowEncoder;
import org.skerry.wire.hypercall.OpenWindowEncoder;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.SysSocket;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a hostile domain can say over its connection. Each time the hypervisor must answer, live, and keep nothing. */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class HostileRequestTest
{
    private static final int HEADER = MessageHeaderEncoder.ENCODED_LENGTH;

    private final TestHost host = new TestHost();
    private final RawDomain domain = host.newRawDomain();
    private final int bell = Eventfd.create();
    private int openBefore;

    @BeforeEach
    void count()
    {
        openBefore = TestHost.openFiles();
    }

    @AfterEach
    void shouldHaveLeftEverythingAsItWas()
    {
        assertEquals(Errno.ESRCH.negative(), domain.bindInterdomain(999, 1), "the domain lives");
        assertEquals(openBefore, TestHost.openFiles(), "descriptors left behind");
        Unistd.close(bell);
        domain.close();
        host.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 33, 34, 35, 36, 38, 40, 37, 39, 41, 42, 43, 44, 45, 46, 63})
    void shouldRefuseToEveryoneElseWhatIsForDomain0Alone(final int templateId)
    {
        domain.out().setMemory(0, 256, (byte)0);
        header(64, templateId, 1, 0);

        assertEquals(Errno.EPERM.negative(), domain.ask(HEADER + 64, bell).result());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 9, 31, 64, 71, 0xFFFF})
    void shouldNotKnowWhatIsNoRequest(final int templateId)
    {
        header(64, templateId, 1, 0);

        assertEquals(Errno.ENOSYS.negative(), domain.ask(HEADER + 64).result());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void shouldRefuseAMessageWithoutAWholeHeader(final int length)
    {
        assertEquals(Errno.EINVAL.negative(), domain.ask(length, bell).result());
    }

    @Test
    void shouldRefuseAMessageOfAnotherSchema()
    {
        header(6, BindInterdomainEncoder.TEMPLATE_ID, 2, 0);

        assertEquals(Errno.EINVAL.negative(), domain.ask(HEADER + 6).result());
    }

    @ParameterizedTest
    @MethodSource("shortBlocks")
    void shouldRefuseAMessageThatIsShorterThanItsFields(final int blockLength)
    {
        for (final int templateId : new int[]{
            BindInterdomainEncoder.TEMPLATE_ID, MoveToWindowEncoder.TEMPLATE_ID, AttachEncoder.TEMPLATE_ID})
        {
            header(blockLength, templateId, 1, 0);
            assertEquals(Errno.EINVAL.negative(), domain.ask(HEADER + blockLength).result());
        }
    }

    static IntStream shortBlocks()
    {
        return IntStream.range(0, 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 100, 0xFFFF})
    void shouldRefuseAMessageThatSaysItIsLongerThanItIs(final int blockLength)
    {
        header(blockLength, BindInterdomainEncoder.TEMPLATE_ID, 1, 0);

        assertEquals(Errno.EINVAL.negative(), domain.ask(HEADER + 6).result());
    }

    @Test
    void shouldReadTheFieldsThatItKnowsOfALongerMessageOfALaterVersion()
    {
        header(100, OpenWindowEncoder.TEMPLATE_ID, 1, 0xFFFF);
        domain.out().putShort(HEADER, (short)999);

        assertEquals(Errno.ESRCH.negative(), domain.ask(HEADER + 100).result());
    }

    @Test
    void shouldRefuseAPacketThatIsTooLong()
    {
        final UnsafeBuffer huge = new UnsafeBuffer(ByteBuffer.allocateDirect(60_000));
        assertTrue(SysSocket.sendFds(domain.fd(), huge.addressOffset(), 60_000, new int[]{bell}, 1, 0) > 0);

        assertEquals(Errno.EMSGSIZE.negative(), domain.receive().result());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 100, 253})
    void shouldCloseDescriptorsThatNobodyAskedFor(final int count)
    {
        final int[] fds = new int[count];
        Arrays.fill(fds, bell);
        final int length = openWindow(999);

        assertEquals((count > 4 ? Errno.EMSGSIZE : Errno.ESRCH).negative(), domain.ask(length, fds).result());
    }

    @Test
    void shouldTakeAnEmptyPacketForAHangUpAndCloseWhatCameWithIt()
    {
        final RawDomain other = host.newRawDomain();
        other.send(0, bell, bell, bell);

        other.awaitHangUp();
        other.close();
        assertEquals(2, host.awaitExit()[0]);
        assertEquals(0, host.destroy(2));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 64, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
    void shouldMoveNoFrameThatIsNotFree(final long firstFrame)
    {
        assertEquals(Errno.EINVAL.negative(), domain.moveToWindow(firstFrame, 1, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 61, 1025, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
    void shouldMoveNoMoreFramesThanThereAre(final long count)
    {
        assertEquals(Errno.EINVAL.negative(), domain.moveToWindow(RawDomain.FIRST_FREE_FRAME, count, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 999, Domid.DOMID_SELF, 0x7FFF, 0xFFFF})
    void shouldMakeNoWindowForNobodyNorForTheDomainItself(final int grantee)
    {
        assertEquals(Errno.ESRCH.negative(), domain.moveToWindow(RawDomain.FIRST_FREE_FRAME, 1, grantee));
    }

    @Test
    void shouldOpenNoWindowThatWasNotMadeForTheCaller()
    {
        final RawDomain granter = host.newRawDomain();
        assertEquals(0, granter.moveToWindow(RawDomain.FIRST_FREE_FRAME, 1, 0));
        assertEquals(Errno.ESRCH.negative(), domain.ask(openWindow(granter.domid())).result());
        granter.close();
        assertEquals(0, host.destroy(granter.domid()));
    }

    @Test
    @Tag("SEC-019")
    void shouldAnswerNothingButAttachBeforeAttach()
    {
        final RawDomain early = host.newUnattachedDomain("early", 64, 0);
        early.out().setMemory(0, 64, (byte)0);
        new BindInterdomainEncoder().wrapAndApplyHeader(early.out(), 0, early.headerOut());
        assertEquals(Errno.EPERM.negative(), early.ask(HEADER + 6).result());

        new AttachEncoder().wrapAndApplyHeader(early.out(), 0, early.headerOut()).abiVersion(2);
        assertEquals(Errno.EPROTO.negative(), early.ask(HEADER + 4).result(), "the answer does not wait");

        early.attach();
        new AttachEncoder().wrapAndApplyHeader(early.out(), 0, early.headerOut()).abiVersion(1);
        assertEquals(Errno.EPROTO.negative(), early.ask(HEADER + 4).result());
        early.close();
        assertEquals(0, host.destroy(early.domid()));
    }

    @Test
    void shouldEndADomainThatTalksAndNeverListensBeforeItsAttach()
    {
        final RawDomain early = host.newUnattachedDomain("early", 64, 0);
        header(3, OpenWindowEncoder.TEMPLATE_ID, 1, 0);
        long sent = 0;
        for (int i = 0; i < 100_000 && sent != Errno.EPIPE.negative(); i++)
        {
            sent = early.trySend(HEADER + 3);
        }

        assertEquals(2, host.awaitExit()[0]);
        early.close();
        assertEquals(0, host.destroy(2));
    }

    @Test
    void shouldNotReadFromADomainThatDoesNotReadItsAnswers()
    {
        assertEquals(0, domain.moveToWindow(RawDomain.FIRST_FREE_FRAME, 1, 0));
        final int open = TestHost.openFiles();
        final MoveToWindowEncoder move = new MoveToWindowEncoder()
            .wrapAndApplyHeader(domain.out(), 0, domain.headerOut()).firstFrame(4).frameCount(1).grantee(0)
            .readOnly((short)0);
        int asked = 0;
        while (domain.trySend(HEADER + move.encodedLength()) > 0)
        {
            asked++;
        }
        assertTrue(host.freeFrames() > 0, "the hypervisor serves others");
        assertTrue(TestHost.openFiles() <= open + 2, "answers with descriptors pile up");

        for (int i = 0; i < asked; i++)
        {
            try (RawDomain.Message answer = domain.receive())
            {
                assertEquals(0, answer.result());
                assertEquals(1, answer.fds().length);
            }
        }
        assertEquals(0, domain.moveFromWindow(4, 1));
        openBefore++;       // the window for Domain-0 stays as long as both are there
    }

    @Test
    @Tag("SEC-027")
    void shouldRefuseADomainThatCannotBe()
    {
        assertEquals(Errno.EINVAL.negative(), create(64, 0, 10, 1, 0, "n", "c"), "no grant table");
        assertEquals(Errno.EINVAL.negative(), create(64, 65, 10, 1, 0, "n", "c"), "grant table too long");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 0, 1, 0, "n", "c"), "no ports");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 4096, 1, 0, "n", "c"), "too many ports");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 0xFFFF_FFFEL, 1, 0, "n", "c"), "far too many ports");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 10, 0, 0, "n", "c"), "no vcpu");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 10, 0xFFFE, 0, "n", "c"), "too many vcpus");
        assertEquals(Errno.EINVAL.negative(), create(0, 1, 10, 1, 0, "n", "c"), "no memory");
        assertEquals(Errno.EINVAL.negative(), create(4, 1, 10, 1, 0, "n", "c"), "no free frame");
        assertEquals(Errno.ENOMEM.negative(), create(0xFFFF_FFFEL, 1, 10, 1, 0, "n", "c"), "more than there is");
        assertEquals(Errno.EEXIST.negative(), create(64, 1, 10, 1, 1, "n", "c"), "number in use");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 10, 1, 0x7FF0, "n", "c"), "reserved number");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 10, 1, 0, "n".repeat(65), "c"), "name too long");
        assertEquals(Errno.EINVAL.negative(), create(64, 1, 10, 1, 0, "ü".repeat(33), "c"), "bytes count");
        assertEquals(Errno.EBADF.negative(), host.createDomain("no connection", 64, 0));
        assertEquals(Errno.EBADF.negative(), host.createDomain("two connections", 64, 0, bell, bell));
    }

    @Test
    void shouldRefuseTextsThatDoNotLieInTheMessageOrGrowWhenTheyAreReadAsUtf8()
    {
        final RawDomain dom0 = host.dom0();
        final CreateDomainEncoder create = new CreateDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut())
            .frameCount(64).maxFrames(64).grantTableFrameCount(1).maxMaptrackFrames(1).maxPorts(10).vcpus(1).domid(0)
            .name("name");
        final int cmdlineAt = create.limit();
        final int nameAt = HEADER + CreateDomainEncoder.BLOCK_LENGTH;

        assertEquals(Errno.EINVAL.negative(), dom0.ask(nameAt, bell).result(), "no name");
        assertEquals(Errno.EINVAL.negative(), dom0.ask(nameAt + 3, bell).result(), "half a name");
        assertEquals(Errno.EINVAL.negative(), dom0.ask(cmdlineAt, bell).result(), "no cmdline");
        dom0.out().putShort(cmdlineAt, (short)0xFFFF);
        assertEquals(Errno.EINVAL.negative(), dom0.ask(cmdlineAt + 2 + 100, bell).result(), "beyond the packet");
        dom0.out().putShort(cmdlineAt, (short)4096);
        dom0.out().setMemory(cmdlineAt + 2, 4096, (byte)0xFF);
        assertEquals(Errno.EINVAL.negative(), dom0.ask(cmdlineAt + 2 + 4096, bell).result(), "4096 bytes become 12288");
        dom0.out().putShort(nameAt, (short)0xFFFF);
        assertEquals(Errno.EINVAL.negative(), dom0.ask(cmdlineAt + 2, bell).result(), "name beyond the packet");
    }

    @Test
    void shouldRefuseACapabilityThatCannotBe()
    {
        assertEquals(Errno.ESRCH.negative(), host.give(999, "tag", bell));
        assertEquals(Errno.EINVAL.negative(), host.give(1, "tag"), "no descriptor");
        assertEquals(Errno.EINVAL.negative(), host.give(1, "tag", bell, bell), "two descriptors");
        assertEquals(Errno.EINVAL.negative(), host.give(1, "t".repeat(129), bell));
        final RawDomain dom0 = host.dom0();
        final int at = new GiveCapabilityEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut()).domid(1).limit();
        assertEquals(Errno.EINVAL.negative(), dom0.ask(at, bell).result(), "no tag");
        dom0.out().putShort(at, (short)200);
        assertEquals(Errno.EINVAL.negative(), dom0.ask(at + 2 + 199, bell).result(), "tag beyond the packet");
    }

    @Test
    void shouldConnectNoServiceTwiceNorToItselfNorToAGuestThatRuns()
    {
        final RawDomain built = host.newUnattachedDomain("built", 64, 0);
        assertEquals(Errno.ESRCH.negative(), host.connectService(999, 1, 0));
        assertEquals(Errno.ESRCH.negative(), host.connectService(2, 999, 0));
        assertEquals(Errno.EINVAL.negative(), host.connectService(2, 2, 0));
        assertEquals(Errno.EINVAL.negative(), host.connectService(2, 1, 2));
        assertEquals(Errno.EINVAL.negative(), host.connectService(2, 1, 0xFFFF_FFFEL));
        assertTrue(host.connectService(2, 1, 0) > 0);
        assertEquals(Errno.EBUSY.negative(), host.connectService(2, 1, 0));
        assertEquals(Errno.EBUSY.negative(), host.connectService(1, 0, 0), "it runs");
        assertEquals(Errno.EINVAL.negative(), host.destroy(0));
        assertEquals(0, host.destroy(2));
        assertEquals(Errno.ESRCH.negative(), host.destroy(2));
        built.close();
    }

    private long create(
        final long frames, final long grantFrames, final long ports, final int vcpus, final int domid,
        final String name, final String cmdline)
    {
        final RawDomain dom0 = host.dom0();
        return dom0.call(new CreateDomainEncoder()
            .wrapAndApplyHeader(dom0.out(), 0, dom0.headerOut())
            .frameCount(frames).maxFrames(frames).grantTableFrameCount(grantFrames).maxMaptrackFrames(1)
            .maxPorts(ports).vcpus(vcpus).domid(domid)
            .name(name).cmdline(cmdline).encodedLength(), bell);
    }

    /** @return length of the message. */
    private int openWindow(final int granter)
    {
        return HEADER + new OpenWindowEncoder().wrapAndApplyHeader(domain.out(), 0, domain.headerOut())
            .granter(granter).readOnly((short)0).encodedLength();
    }

    private void header(final int blockLength, final int templateId, final int schemaId, final int version)
    {
        domain.headerOut().wrap(domain.out(), 0)
            .blockLength(blockLength).templateId(templateId).schemaId(schemaId).version(version);
    }
}
