package org.skerry.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.skerry.wire.linux.Eventfd;
import org.skerry.wire.linux.Unistd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class EventLoopTest
{
    private final EventLoop loop = new EventLoop();
    private final List<String> heard = new ArrayList<>();

    @Test
    void shouldRunWhatItsOwnThreadWantsDoneHoweverMuchItIs()
    {
        final int[] count = new int[1];
        for (int i = 0; i < 100_000; i++)
        {
            loop.execute(() -> count[0]++);
        }

        loop.poll(-1);

        assertEquals(100_000, count[0]);
    }

    @Test
    void shouldRunATaskOfATaskInTheNextTurn()
    {
        loop.execute(() -> loop.execute(() -> heard.add("second")));

        loop.poll(-1);
        assertEquals(List.of(), heard);
        loop.poll(-1);
        assertEquals(List.of("second"), heard);
    }

    @Test
    void shouldBeWokenByAnotherThread() throws InterruptedException
    {
        final Thread other = Thread.ofPlatform().start(() -> loop.execute(() -> heard.add("task")));

        while (heard.isEmpty())
        {
            loop.poll(-1);
        }
        other.join();
    }

    @Test
    void shouldRunTimersInTheirOrderAndNotThoseThatWereCancelled()
    {
        loop.schedule(TimeUnit.MILLISECONDS.toNanos(300), () -> heard.add("second"));
        loop.schedule(1, () -> heard.add("first"));
        loop.schedule(0, () -> heard.add("never")).cancel();

        while (heard.size() < 2)
        {
            loop.poll(-1);
        }

        assertEquals(List.of("first", "second"), heard);
    }

    @Test
    void shouldNotRunAHandlerOfADescriptorThatAnotherHandlerRemoved()
    {
        final int one = Eventfd.create();
        final int two = Eventfd.create();
        loop.onReadable(one, () -> ring("one", two));
        loop.onReadable(two, () -> ring("two", one));
        Eventfd.signal(one);
        Eventfd.signal(two);

        loop.poll(-1);

        assertEquals(1, heard.size());
        Unistd.close(one);
        Unistd.close(two);
    }

    @Test
    void shouldWaitNoLongerThanItWasTold()
    {
        final long begin = System.nanoTime();
        loop.poll(20);
        assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(19));
    }

    private void ring(final String name, final int removed)
    {
        heard.add(name);
        loop.remove(removed);
    }
}
