package org.skerry.blkback;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.blkfront.BlkfrontHost;
import org.skerry.wire.Domid;
import org.skerry.wire.GrantStatus;

/**
 * One frontend's and one backend's domain in one thread: grants and event channels between them, with the refusals of
 * the real ones, and a turn-taking loop. What is pending is run by {@link #turn()}.
 */
final class TestHypervisor
{
    private static final int PAGE_LENGTH = 4096;

    final Map<String, Integer> images = new HashMap<>();
    final BlkbackAgent agent = new BlkbackAgent();
    int mappedCount;
    int boundCount;

    private final Map<Integer, Long> addressByRef = new HashMap<>();
    private final Map<Integer, Port> ports = new HashMap<>();
    private final Queue<Runnable> events = new ArrayDeque<>();
    private final List<UnsafeBuffer> memory = new ArrayList<>();
    private final Runnable xenstoreTurn;
    private int nextRef = 8;
    private int nextPort = 3;

    TestHypervisor(final Runnable xenstoreTurn)
    {
        this.xenstoreTurn = xenstoreTurn;
    }

    /** One turn of everybody. */
    void turn()
    {
        xenstoreTurn.run();
        for (int i = events.size(); i > 0; i--)
        {
            events.remove().run();
        }
        agent.doWork();
    }

    /** Turns until nothing is left to do. */
    void settle()
    {
        for (int i = 0; i < 100; i++)
        {
            turn();
        }
    }

    private final class Port
    {
        private final Runnable onFrontEvent;
        private final Runnable onBackClosed;
        private Runnable onBackEvent;

        private Port(final Runnable onFrontEvent, final Runnable onBackClosed)
        {
            this.onFrontEvent = onFrontEvent;
            this.onBackClosed = onBackClosed;
        }
    }

    /** The first page of every allocation: where a frontend keeps its ring. */
    List<UnsafeBuffer> ringPages()
    {
        return memory;
    }

    BlkfrontHost frontend()
    {
        return new Frontend();
    }

    BlkbackHost backend()
    {
        return new Backend();
    }

    private final class Frontend implements BlkfrontHost
    {
        @Override
        public Pages allocatePages(final Domid backend, final int count)
        {
            final UnsafeBuffer pages =
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * PAGE_LENGTH, PAGE_LENGTH));
            memory.add(pages);
            final int firstRef = nextRef;
            nextRef += count;
            return new Pages()
            {
                @Override
                public UnsafeBuffer buffer()
                {
                    return pages;
                }

                @Override
                public int grant(final int index)
                {
                    addressByRef.put(firstRef + index, pages.addressOffset() + (long)index * PAGE_LENGTH);
                    return firstRef + index;
                }

                @Override
                public void close()
                {
                    for (int i = 0; i < count; i++)
                    {
                        addressByRef.remove(firstRef + i);
                    }
                }
            };
        }

        @Override
        public Channel allocateChannel(
            final Domid backend, final BooleanSupplier onEvent, final Runnable onRemoteClosed)
        {
            final int number = nextPort++;
            final Port port = new Port(onEvent::getAsBoolean, onRemoteClosed);
            ports.put(number, port);
            return new Channel()
            {
                @Override
                public int port()
                {
                    return number;
                }

                @Override
                public boolean isBound()
                {
                    return port.onBackEvent != null;
                }

                @Override
                public void notifyRemote()
                {
                    if (port.onBackEvent != null)
                    {
                        events.add(port.onBackEvent);
                    }
                }

                @Override
                public void close()
                {
                    ports.remove(number);
                    port.onBackEvent = null;
                }
            };
        }

        @Override
        public void execute(final Runnable task)
        {
            events.add(task);
        }

        @Override
        public void poll(final int timeoutMs)
        {
            turn();
        }
    }

    private final class Backend implements BlkbackHost
    {
        @Override
        public int takeImage(final String tag)
        {
            final Integer fd = images.remove(tag);
            return fd == null ? -1 : fd;
        }

        @Override
        public GrantAccess grantAccess(final Domid frontend)
        {
            return new Grants();
        }

        @Override
        public void whenLeft(final Domid frontend, final Runnable task)
        {
            task.run();
        }

        @Override
        public Channel bind(final Domid frontend, final int number, final BooleanSupplier onEvent)
        {
            final Port port = ports.get(number);
            if (port == null || port.onBackEvent != null)
            {
                return null;
            }
            port.onBackEvent = onEvent::getAsBoolean;
            boundCount++;
            events.add(port.onBackEvent);
            events.add(port.onFrontEvent);
            return new Channel()
            {
                @Override
                public void notifyRemote()
                {
                    if (ports.get(number) == port)
                    {
                        events.add(port.onFrontEvent);
                    }
                }

                @Override
                public void close()
                {
                    port.onBackEvent = null;
                    boundCount--;
                    events.add(port.onBackClosed);
                }
            };
        }

        @Override
        public void serve(final Blkback device)
        {
            agent.add(device);
        }

        @Override
        public void release(final Blkback device)
        {
            agent.remove(device);
        }
    }

    private final class Grants implements GrantAccess
    {
        private final UnsafeBuffer bounce =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(BOUNCE_LENGTH, PAGE_LENGTH));
        private final UnsafeBuffer foreign = new UnsafeBuffer(0, 0);
        private boolean hasFailed;
        private int status;

        @Override
        public RingPages ringPages(final int... refs)
        {
            final MappedGrant page = map(refs[0]);
            return new RingPages()
            {
                @Override
                public int tryMap()
                {
                    return refs.length > 1 || page == null ? GrantStatus.BAD_GNTREF : GrantStatus.OKAY;
                }

                @Override
                public UnsafeBuffer buffer()
                {
                    return new UnsafeBuffer(page.address(), PAGE_LENGTH);
                }

                @Override
                public void close()
                {
                    if (page != null)
                    {
                        page.close();
                    }
                }
            };
        }

        @Override
        public void whenMoved(final Runnable task)
        {
            throw new AssertionError("nothing has to be moved here");
        }

        @Override
        public MappedGrant map(final int ref)
        {
            final Long address = addressByRef.get(ref);
            status = address == null ? GrantStatus.BAD_GNTREF : GrantStatus.OKAY;
            if (address == null)
            {
                return null;
            }
            mappedCount++;
            return new MappedGrant()
            {
                @Override
                public long address()
                {
                    return address;
                }

                @Override
                public void close()
                {
                    mappedCount--;
                }
            };
        }

        @Override
        public int mapStatus()
        {
            return status;
        }

        @Override
        public long bounceAddress()
        {
            return bounce.addressOffset();
        }

        @Override
        public void addCopyFrom(final int ref, final int refOffset, final int bounceOffset, final int length)
        {
            if (wrap(ref))
            {
                bounce.putBytes(bounceOffset, foreign, refOffset, length);
            }
        }

        @Override
        public void addCopyTo(final int bounceOffset, final int ref, final int refOffset, final int length)
        {
            if (wrap(ref))
            {
                foreign.putBytes(refOffset, bounce, bounceOffset, length);
            }
        }

        @Override
        public boolean copy()
        {
            final boolean result = !hasFailed;
            hasFailed = false;
            return result;
        }

        @Override
        public void close()
        {
            hasFailed = false;
        }

        private boolean wrap(final int ref)
        {
            final Long address = addressByRef.get(ref);
            hasFailed |= address == null;
            if (address != null)
            {
                foreign.wrap(address, PAGE_LENGTH);
            }
            return address != null;
        }
    }
}
