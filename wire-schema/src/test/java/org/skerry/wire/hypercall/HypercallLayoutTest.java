package org.skerry.wire.hypercall;

import java.util.HexFormat;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.skerry.wire.Hypercalls;
import org.skerry.wire.ring.RingLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Numbers, offsets and lengths of the hypercall interface, written out by hand: both sides of a wall rely on them. */
class HypercallLayoutTest
{
    private final byte[] bytes = new byte[64];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);

    @Test
    void shouldHaveRingsOf256SlotsOf64Bytes()
    {
        final RingLayout layout = new RingLayout(
            Hypercalls.SLOT_LENGTH, Hypercalls.SLOT_LENGTH, Hypercalls.RING_FILE_LENGTH);

        assertEquals(64, layout.slotLength());
        assertEquals(256, layout.slotCount());
        assertEquals(64, layout.slotOffset(0));
        assertEquals(64 + 255 * 64, layout.slotOffset(-1));
    }

    @Test
    void shouldHaveSlotsOf64Bytes()
    {
        assertEquals(64, HypercallSlotDecoder.BLOCK_LENGTH);
        assertEquals(64, HypercallResponseDecoder.BLOCK_LENGTH);
        assertEquals(64, EvtchnAllocUnboundDecoder.BLOCK_LENGTH);
        assertEquals(64, EvtchnCloseDecoder.BLOCK_LENGTH);
        assertEquals(64, EvtchnStatusDecoder.BLOCK_LENGTH);
        assertEquals(64, GnttabMapGrantRefDecoder.BLOCK_LENGTH);
        assertEquals(64, GnttabUnmapGrantRefDecoder.BLOCK_LENGTH);
        assertEquals(64, GnttabCopyDecoder.BLOCK_LENGTH);
        assertEquals(64, MoveFromWindowDecoder.BLOCK_LENGTH);
        assertEquals(64, SchedShutdownDecoder.BLOCK_LENGTH);
    }

    @Test
    void shouldNumberTheSlotsAndNeverUseANumberAgain()
    {
        assertEquals(64, HypercallSlotDecoder.TEMPLATE_ID);
        assertEquals(65, HypercallResponseDecoder.TEMPLATE_ID);
        assertEquals(66, EvtchnAllocUnboundDecoder.TEMPLATE_ID);
        assertEquals(67, EvtchnCloseDecoder.TEMPLATE_ID);
        assertEquals(68, EvtchnStatusDecoder.TEMPLATE_ID);
        assertEquals(69, GnttabMapGrantRefDecoder.TEMPLATE_ID);
        assertEquals(70, GnttabUnmapGrantRefDecoder.TEMPLATE_ID);
        assertEquals(71, GnttabCopyDecoder.TEMPLATE_ID);
        assertEquals(72, MoveFromWindowDecoder.TEMPLATE_ID);
        assertEquals(73, SchedShutdownDecoder.TEMPLATE_ID);
    }

    @Test
    void shouldBeginEverySlotWithOperationAndTag()
    {
        new HypercallSlotEncoder().wrap(buffer, 0).op(0x0102).tag(0xA1A2A3A4L);

        assertSlot("0201" + "0000" + "a4a3a2a1");
    }

    @Test
    void shouldLayOutTheResponse()
    {
        new HypercallResponseEncoder().wrap(buffer, 0)
            .op(0x0102).tag(0xA1A2A3A4L).result(-17).value0(0x1112131415161718L).value1(0x0000000100000203L);

        assertSlot("0201" + "0000" + "a4a3a2a1" + "efffffffffffffff" + "1817161514131211" + "0302000001000000");
    }

    @Test
    void shouldLayOutAllocUnbound()
    {
        new EvtchnAllocUnboundEncoder().wrap(buffer, 0).op(66).tag(1).dom(0x7FF0).remoteDom(0x0102);

        assertSlot("4200" + "0000" + "01000000" + "f07f" + "0201");
    }

    @Test
    void shouldLayOutClose()
    {
        new EvtchnCloseEncoder().wrap(buffer, 0).op(67).tag(1).port(0xF1F2F3F4L);

        assertSlot("4300" + "0000" + "01000000" + "f4f3f2f1");
    }

    @Test
    void shouldLayOutStatus()
    {
        new EvtchnStatusEncoder().wrap(buffer, 0).op(68).tag(1).dom(0x0102).port(0xF1F2F3F4L);

        assertSlot("4400" + "0000" + "01000000" + "0201" + "0000" + "f4f3f2f1");
    }

    @Test
    void shouldLayOutMap()
    {
        new GnttabMapGrantRefEncoder().wrap(buffer, 0).op(69).tag(1).dom(0x0102).flags(4).grantRef(0xF1F2F3F4L);

        assertSlot("4500" + "0000" + "01000000" + "0201" + "0400" + "f4f3f2f1");
    }

    @Test
    void shouldLayOutUnmap()
    {
        new GnttabUnmapGrantRefEncoder().wrap(buffer, 0).op(70).tag(1).handle(0xF1F2F3F4L);

        assertSlot("4600" + "0000" + "01000000" + "f4f3f2f1");
    }

    @Test
    void shouldLayOutCopy()
    {
        new GnttabCopyEncoder().wrap(buffer, 0)
            .op(71).flags(3).tag(1)
            .sourceRefOrFrame(0xF1F2F3F4L).sourceDomid(0x0102).sourceOffset(0x0304)
            .destRefOrFrame(0xE1E2E3E4L).destDomid(0x0506).destOffset(0x0708)
            .length(0x1000);

        assertSlot("4700" + "0300" + "01000000" + "f4f3f2f1" + "0201" + "0403" + "e4e3e2e1" + "0605" + "0807" + "0010");
    }

    @Test
    void shouldLayOutMoveFromWindow()
    {
        new MoveFromWindowEncoder().wrap(buffer, 0).op(72).tag(1).firstFrame(0xF1F2F3F4L).frameCount(0x2000);

        assertSlot("4800" + "0000" + "01000000" + "f4f3f2f1" + "00200000");
    }

    @Test
    void shouldLayOutShutdown()
    {
        new SchedShutdownEncoder().wrap(buffer, 0).op(73).tag(1).reason(3);

        assertSlot("4900" + "0000" + "01000000" + "03000000");
    }

    @Test
    void shouldLayOutSendAndReset()
    {
        new EvtchnSendEncoder().wrap(buffer, 0).op(74).tag(1).port(0xF1F2F3F4L);
        assertSlot("4a00" + "0000" + "01000000" + "f4f3f2f1");
        buffer.putInt(8, 0);
        new EvtchnResetEncoder().wrap(buffer, 0).op(76).tag(1).dom(0x7FF0);
        assertSlot("4c00" + "0000" + "01000000" + "f07f");
    }

    @Test
    void shouldLayOutBindVcpu()
    {
        new EvtchnBindVcpuEncoder().wrap(buffer, 0).op(77).tag(1).port(0xF1F2F3F4L).vcpu(0x01020304L);

        assertSlot("4d00" + "0000" + "01000000" + "f4f3f2f1" + "04030201");
    }

    @Test
    void shouldLayOutTimerAndWatchdog()
    {
        new SetSingleshotTimerEncoder().wrap(buffer, 0).op(82).tag(1).vcpu(2).deadlineNs(0x1112131415161718L);
        assertSlot("5200" + "0000" + "01000000" + "02000000" + "00000000" + "1817161514131211");
        buffer.putLong(16, 0);
        new SchedWatchdogEncoder().wrap(buffer, 0).op(83).tag(1).id(2).timeoutS(0xF1F2F3F4L);
        assertSlot("5300" + "0000" + "01000000" + "02000000" + "f4f3f2f1");
    }

    @Test
    void shouldLayOutVersionAndConsole()
    {
        new XenVersionEncoder().wrap(buffer, 0).op(84).tag(1);
        assertSlot("5400" + "0000" + "01000000");
        new ConsoleIoWriteEncoder().wrap(buffer, 0).op(85).length(48).tag(1).text0(0x4847464544434241L);
        assertSlot("5500" + "3000" + "01000000" + "4142434445464748");
    }

    @Test
    void shouldPutAHeaderOf8BytesBeforeEveryMessageOfTheConnection()
    {
        new AttachEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder()).abiVersion(1);

        assertEquals(8, MessageHeaderDecoder.ENCODED_LENGTH);
        assertSlot("0400" + "0100" + "0100" + "0000" + "01000000");
    }

    @Test
    void shouldNumberTheMessagesOfTheConnectionAndNeverUseANumberAgain()
    {
        assertMessage(1, 4, AttachDecoder.TEMPLATE_ID, AttachDecoder.BLOCK_LENGTH);
        assertMessage(2, 52, StartInfoDecoder.TEMPLATE_ID, StartInfoDecoder.BLOCK_LENGTH);
        assertMessage(3, 4, AttachDoneDecoder.TEMPLATE_ID, AttachDoneDecoder.BLOCK_LENGTH);
        assertMessage(4, 10, WindowHomeDecoder.TEMPLATE_ID, WindowHomeDecoder.BLOCK_LENGTH);
        assertMessage(5, 10, ChannelBoundDecoder.TEMPLATE_ID, ChannelBoundDecoder.BLOCK_LENGTH);
        assertMessage(6, 4, ChannelClosedDecoder.TEMPLATE_ID, ChannelClosedDecoder.BLOCK_LENGTH);
        assertMessage(7, 4, CapabilityGivenDecoder.TEMPLATE_ID, CapabilityGivenDecoder.BLOCK_LENGTH);
        assertMessage(8, 4, DomainExitedDecoder.TEMPLATE_ID, DomainExitedDecoder.BLOCK_LENGTH);
        assertMessage(9, 8, ReplyDecoder.TEMPLATE_ID, ReplyDecoder.BLOCK_LENGTH);
        assertMessage(10, 6, BindInterdomainDecoder.TEMPLATE_ID, BindInterdomainDecoder.BLOCK_LENGTH);
        assertMessage(11, 11, MoveToWindowDecoder.TEMPLATE_ID, MoveToWindowDecoder.BLOCK_LENGTH);
        assertMessage(12, 3, OpenWindowDecoder.TEMPLATE_ID, OpenWindowDecoder.BLOCK_LENGTH);
        assertMessage(13, 8, BindVirqDecoder.TEMPLATE_ID, BindVirqDecoder.BLOCK_LENGTH);
        assertMessage(14, 4, BindIpiDecoder.TEMPLATE_ID, BindIpiDecoder.BLOCK_LENGTH);
        assertMessage(15, 2, SealWindowDecoder.TEMPLATE_ID, SealWindowDecoder.BLOCK_LENGTH);
        assertMessage(32, 24, CreateDomainDecoder.TEMPLATE_ID, CreateDomainDecoder.BLOCK_LENGTH);
        assertMessage(33, 8, ConnectServiceDecoder.TEMPLATE_ID, ConnectServiceDecoder.BLOCK_LENGTH);
        assertMessage(34, 2, DestroyDomainDecoder.TEMPLATE_ID, DestroyDomainDecoder.BLOCK_LENGTH);
        assertMessage(35, 2, GiveCapabilityDecoder.TEMPLATE_ID, GiveCapabilityDecoder.BLOCK_LENGTH);
        assertMessage(36, 2, GetDomainInfoDecoder.TEMPLATE_ID, GetDomainInfoDecoder.BLOCK_LENGTH);
        assertMessage(37, 35, DomainInfoDecoder.TEMPLATE_ID, DomainInfoDecoder.BLOCK_LENGTH);
        assertMessage(38, 4, GetPhysInfoDecoder.TEMPLATE_ID, GetPhysInfoDecoder.BLOCK_LENGTH);
        assertMessage(39, 24, PhysInfoDecoder.TEMPLATE_ID, PhysInfoDecoder.BLOCK_LENGTH);
        assertMessage(40, 1, ReadConsoleRingDecoder.TEMPLATE_ID, ReadConsoleRingDecoder.BLOCK_LENGTH);
        assertMessage(41, 8, ConsoleRingDecoder.TEMPLATE_ID, ConsoleRingDecoder.BLOCK_LENGTH);
        assertMessage(42, 2, PauseDomainDecoder.TEMPLATE_ID, PauseDomainDecoder.BLOCK_LENGTH);
        assertMessage(43, 2, UnpauseDomainDecoder.TEMPLATE_ID, UnpauseDomainDecoder.BLOCK_LENGTH);
        assertMessage(44, 6, SetMaxMemDecoder.TEMPLATE_ID, SetMaxMemDecoder.BLOCK_LENGTH);
        assertMessage(45, 4, DebugKeysDecoder.TEMPLATE_ID, DebugKeysDecoder.BLOCK_LENGTH);
        assertMessage(46, 2, RestartDomainDecoder.TEMPLATE_ID, RestartDomainDecoder.BLOCK_LENGTH);
    }

    private static void assertMessage(
        final int expectedId, final int expectedBlockLength, final int templateId, final int blockLength)
    {
        assertEquals(expectedId, templateId);
        assertEquals(expectedBlockLength, blockLength, "block length of message " + templateId);
    }

    /** The bytes as given, zeros behind them. */
    private void assertSlot(final String hex)
    {
        assertEquals(hex + "00".repeat(64 - hex.length() / 2), HexFormat.of().formatHex(bytes));
    }
}
