package org.skerry.tests.sim;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.guest.netfront.Netfront;
import org.skerry.guest.xenbus.FrontendBus;
import org.skerry.guest.xenstore.XenstoreClient;

/** Sends frames to all others at random; what it hears was sent, unchanged, once and in order. */
final class NetUser implements Guest.Part
{
    private static final int SENDER_OFFSET = 14;
    private static final int NUMBER_OFFSET = 18;
    private static final int BODY_OFFSET = 26;
    private static final int MAX_FRAME = 1514;
    private static final int CALM_GOAL = 5;

    private final Guest guest;
    private final Map<Integer, Long> lastNumbers = new HashMap<>();
    private Netfront vif;
    private long lastNumber;
    private int heardInCalm;

    NetUser(final Guest guest)
    {
        this.guest = guest;
    }

    @Override
    public void boot(final XenstoreClient store)
    {
        new FrontendBus(store, guest.domain().domid(), "vif", device ->
        {
            if (vif != null)
            {
                guest.domain().loop().removeAgent(vif);
            }
            vif = Netfront.probe(device, guest.domain());
            vif.onFrame(this::onFrame);
            guest.domain().loop().addAgent(vif);
            return vif;
        });
    }

    @Override
    public void work()
    {
        if (vif == null || !vif.hasCarrier() || guest.machine().random().nextInt(3) == 0)
        {
            return;
        }
        final int length = BODY_OFFSET + guest.machine().random().nextInt(MAX_FRAME - BODY_OFFSET);
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[length]);
        fill(frame, guest.number(), ++lastNumber, length);
        frame.putLong(6, vif.macAddress().value() << Short.SIZE, ByteOrder.BIG_ENDIAN);   // another's is refused
        vif.send(frame, 0, length);
    }

    @Override
    public boolean isContent()
    {
        return heardInCalm >= CALM_GOAL;
    }

    @Override
    public String toString()
    {
        return "vif: heard " + heardInCalm + (vif == null ? "" : ", carrier " + vif.hasCarrier() + ", " +
            vif.statistics());
    }

    private static void fill(final UnsafeBuffer frame, final int sender, final long number, final int length)
    {
        final byte[] body = new byte[length - BODY_OFFSET];
        new Random(number * 31 + sender).nextBytes(body);
        frame.setMemory(0, 6, (byte)-1);
        frame.putInt(SENDER_OFFSET, sender);
        frame.putLong(NUMBER_OFFSET, number);
        frame.putBytes(BODY_OFFSET, body);
    }

    private void onFrame(final DirectBuffer buffer, final int offset, final int length)
    {
        final int sender = length < BODY_OFFSET ? -1 : buffer.getInt(offset + SENDER_OFFSET);
        final long number = length < BODY_OFFSET ? -1 : buffer.getLong(offset + NUMBER_OFFSET);
        guest.machine().trace().add(guest + " hears " + sender + ": " + number);
        final UnsafeBuffer sent = new UnsafeBuffer(new byte[Math.max(length, BODY_OFFSET)]);
        fill(sent, sender, number, Math.max(length, BODY_OFFSET));
        sent.putBytes(6, buffer, offset + 6, SENDER_OFFSET - 6);
        if (length < BODY_OFFSET || sent.compareTo(new UnsafeBuffer(buffer, offset, length)) != 0)
        {
            if (!guest.machine().hasHostile())
            {
                throw new AssertionError(guest + " hears what nobody said: " + sender + ", " + number);
            }
            return;
        }
        final Long last = lastNumbers.put(sender, number);
        if (last != null && last >= number && guest.machine().isHonestGuest(sender) && !guest.isHostile())
        {
            throw new AssertionError(guest + " hears " + number + " of guest" + sender + " after " + last);
        }
        heardInCalm += guest.machine().isCalm() ? 1 : 0;
    }
}
