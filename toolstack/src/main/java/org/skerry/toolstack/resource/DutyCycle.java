package org.skerry.toolstack.resource;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.skerry.toolstack.launch.LaunchedProcess;

/**
 * Caps without control groups: every 10 ms it is looked at how much CPU time a capped process has used, and the process
 * stands still for as long as it has used more than it may. What it did not use it may make up for during one period.
 */
final class DutyCycle
{
    private static final long TICK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Map<LaunchedProcess, Account> accounts = new HashMap<>();
    private Thread keeper;

    /**
     * @param process to be capped.
     * @param percent of one CPU; 0 for no limit.
     */
    synchronized void cap(final LaunchedProcess process, final int percent)
    {
        if (percent > 0)
        {
            accounts.put(process, new Account(percent, System.nanoTime(), process.cpuTimeNs()));
            if (keeper == null)
            {
                keeper = Thread.ofPlatform().daemon().name("caps").start(this::keep);
            }
        }
        else if (accounts.remove(process) != null)
        {
            process.release();
        }
    }

    private void keep()
    {
        while (tick())
        {
            LockSupport.parkNanos(TICK_NS);
        }
    }

    private synchronized boolean tick()
    {
        final long nowNs = System.nanoTime();
        accounts.forEach((process, account) ->
        {
            if (account.isOverdrawn(nowNs, process.cpuTimeNs()))
            {
                process.hold();
            }
            else
            {
                process.release();
            }
        });
        if (accounts.isEmpty())
        {
            keeper = null;
        }

        return keeper != null;
    }

    /** CPU time that a process may use and has used, ns. */
    static final class Account
    {
        private final int percent;
        private long lastNs;
        private long lastCpuNs;
        private long balanceNs;

        Account(final int percent, final long nowNs, final long cpuNs)
        {
            this.percent = percent;
            this.lastNs = nowNs;
            this.lastCpuNs = cpuNs;
        }

        boolean isOverdrawn(final long nowNs, final long cpuNs)
        {
            final long earnedNs = (nowNs - lastNs) * percent / 100;
            balanceNs = Math.min(PERIOD_NS * percent / 100, balanceNs + earnedNs - (cpuNs - lastCpuNs));
            lastNs = nowNs;
            lastCpuNs = cpuNs;

            return balanceNs < 0;
        }
    }
}
