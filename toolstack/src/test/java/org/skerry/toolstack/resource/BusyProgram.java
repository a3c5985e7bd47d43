package org.skerry.toolstack.resource;

import java.util.ArrayList;
import java.util.List;

/** Uses up CPU time in two threads, or memory, for as long as it may live. */
final class BusyProgram
{
    private BusyProgram()
    {
    }

    /**
     * @param args {@code memory MIB}: touch so much, then go on as without arguments.
     */
    public static void main(final String[] args)
    {
        final List<byte[]> kept = new ArrayList<>();
        for (int mib = 0; args.length > 1 && mib < Integer.parseInt(args[1]); mib++)
        {
            kept.add(new byte[1 << 20]);
        }
        Thread.ofPlatform().start(BusyProgram::spin);
        spin();
        System.out.println(kept.size());
    }

    private static void spin()
    {
        long number = 1;
        while (number != 0)
        {
            number = number * 6364136223846793005L + 1442695040888963407L | 1;
        }
    }
}
