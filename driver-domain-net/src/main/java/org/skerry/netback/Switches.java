package org.skerry.netback;

import java.util.Collection;
import java.util.TreeMap;
import org.agrona.concurrent.NanoClock;

/** The switches of this driver domain, by name. One begins with its first port and ends with its last. */
final class Switches
{
    private final TreeMap<String, LearningSwitch> byName = new TreeMap<>();
    private final NanoClock clock;

    Switches(final NanoClock clock)
    {
        this.clock = clock;
    }

    /** @return the switch of that name, a new one if there was none. */
    LearningSwitch open(final String name)
    {
        return byName.computeIfAbsent(name, key -> new LearningSwitch(key, clock));
    }

    /** A port was pulled out of the switch. */
    void release(final LearningSwitch learningSwitch)
    {
        if (learningSwitch.portCount() == 0)
        {
            byName.remove(learningSwitch.name(), learningSwitch);
        }
    }

    Collection<LearningSwitch> all()
    {
        return byName.values();
    }
}
