package org.skerry.examples.net;

/** A wire between two devices, and the clock of both ends. */
final class TestLink
{
    final TestDevice left;
    final TestDevice right;
    long nowNs = 1_000_000_000_000L;

    TestLink(final String leftMac, final String rightMac)
    {
        left = new TestDevice(leftMac);
        right = new TestDevice(rightMac);
    }

    /** Carry what was sent, and what is sent because of it. */
    void carry()
    {
        for (int i = 0; i < 1000; i++)
        {
            final byte[] toRight = left.sent.poll();
            final byte[] toLeft = right.sent.poll();
            if (toRight == null && toLeft == null)
            {
                return;
            }
            if (toRight != null)
            {
                right.receive(toRight);
            }
            if (toLeft != null)
            {
                left.receive(toLeft);
            }
        }
        throw new AssertionError("the two ends never stop talking");
    }

    void passMs(final long milliseconds, final IpStack... stacks)
    {
        for (long i = 0; i < milliseconds; i += 10)
        {
            nowNs += 10_000_000L;
            for (final IpStack stack : stacks)
            {
                stack.doWork();
            }
            carry();
        }
    }
}
