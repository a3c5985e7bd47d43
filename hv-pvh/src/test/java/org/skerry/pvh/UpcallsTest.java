package org.skerry.pvh;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.guest.EventLoop;

import static org.junit.jupiter.api.Assertions.assertEquals;

@Timeout(10)
class UpcallsTest
{
    private final EventLoop loop = new EventLoop();
    private final UnsafeBuffer page = new UnsafeBuffer(ByteBuffer.allocateDirect(4096));
    private final SharedInfo info = new SharedInfo(2);
    private final List<String> interrupts = new ArrayList<>();
    private boolean isLapicEnabled = true;
    private final Upcalls upcalls = new Upcalls(info, 2, this::interrupt, loop);

    @AfterEach
    void close()
    {
        loop.close();
    }

    @Test
    void shouldInterruptOnceUntilTheVcpuHasLooked()
    {
        info.place(page);
        upcalls.setVector(1, 0xF3);

        upcalls.raise(5, 1);
        upcalls.raise(6, 1);
        assertEquals(List.of("1 f3"), interrupts);
        page.setMemory(64, 16, (byte)0);
        upcalls.raise(7, 1);
        assertEquals(List.of("1 f3", "1 f3"), interrupts);
    }

    @Test
    void shouldKeepWhatCameBeforeThereWasAVector()
    {
        upcalls.raise(5, 0);
        assertEquals(List.of(), interrupts);

        upcalls.setVector(0, 0x20);

        assertEquals(List.of("0 20"), interrupts);
    }

    @Test
    void shouldSendAgainWhatTheLapicDroppedAtTheNextExitOrEventOrAfterAWhile()
    {
        upcalls.setVector(0, 0x20);
        upcalls.setVector(1, 0x21);
        isLapicEnabled = false;
        upcalls.raise(5, 0);
        upcalls.raise(6, 1);
        upcalls.resend(0);
        assertEquals(List.of(), interrupts);

        isLapicEnabled = true;
        upcalls.resend(0);
        upcalls.resend(0);
        assertEquals(List.of("0 20"), interrupts);
        while (interrupts.size() < 2)
        {
            loop.poll(100);
        }
        assertEquals(List.of("0 20", "1 21"), interrupts);
    }

    @Test
    void shouldForgetWhatWasDroppedWhenTheGuestHasLookedByItself()
    {
        info.place(page);
        upcalls.setVector(0, 0x20);
        isLapicEnabled = false;
        upcalls.raise(5, 0);
        page.setMemory(0, 16, (byte)0);
        isLapicEnabled = true;

        upcalls.resend(0);

        assertEquals(List.of(), interrupts);
    }

    private boolean interrupt(final int vcpu, final int vector)
    {
        if (isLapicEnabled)
        {
            interrupts.add(vcpu + " " + Integer.toHexString(vector));
        }

        return isLapicEnabled;
    }
}
