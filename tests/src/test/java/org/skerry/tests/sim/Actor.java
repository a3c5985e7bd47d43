package org.skerry.tests.sim;

import org.skerry.guest.Domain;
import org.skerry.guest.hypercall.Waiter;
import org.skerry.wire.linux.Poll;
import org.skerry.wire.linux.Unistd;

/**
 * One domain's process. It runs in turns; where it would sleep in the middle of one, the machine gives turns to others
 * until it can go on, and there it can be killed.
 */
abstract class Actor implements Waiter
{
    private static final int PATIENCE = 20_000;

    private final Machine machine;
    private final String name;
    private int connectionFd;
    private Domain domain;
    private boolean isBooted;
    private boolean isDoomed;
    private boolean isDead;
    private boolean isRunning;
    private int sleepingSteps;

    Actor(final Machine machine, final String name)
    {
        this.machine = machine;
        this.name = name;
    }

    /** The first turn: everything up to the process's loop. */
    abstract void boot();

    /** What the process does besides its loop. */
    abstract void work();

    /** The process is gone; let go of what it held besides its domain. */
    void onEnd()
    {
    }

    /** @return whether nothing is left that the process waits for. */
    abstract boolean isContent();

    /** @return whether it does what no honest domain would, and may die of it. */
    boolean isHostile()
    {
        return false;
    }

    /** @return what it waits for, for people. */
    String state()
    {
        return name;
    }

    /** @return whether its turns wait for xenstore: such a turn cannot run inside one of xenstore. */
    boolean needsStore()
    {
        return true;
    }

    /** @return whether it may be killed. */
    boolean isMortal()
    {
        return true;
    }

    final Machine machine()
    {
        return machine;
    }

    final String name()
    {
        return name;
    }

    final Domain domain()
    {
        return domain;
    }

    final int domid()
    {
        return domain.domid().value();
    }

    final boolean isBooted()
    {
        return isBooted;
    }

    final boolean isDead()
    {
        return isDead;
    }

    final boolean isRunning()
    {
        return isRunning;
    }

    /** The process is spawned: it has its connection and has not run yet. */
    final void connection(final int fd)
    {
        connectionFd = fd;
    }

    /** Bells are heard late, and several as one. */
    final void sleep(final int steps)
    {
        sleepingSteps = steps;
    }

    final boolean isAsleep()
    {
        return sleepingSteps > 0 && sleepingSteps-- > 0;
    }

    /** As by SIGKILL. */
    final void kill()
    {
        isDoomed = true;
        if (!isRunning)
        {
            end();
        }
    }

    /** The run is over. */
    final void abandon()
    {
        isDoomed = true;
        end();
    }

    final void turn()
    {
        isRunning = true;
        try
        {
            if (domain == null)
            {
                domain = Domain.attach(connectionFd, this, machine.clock());
                domain.onHypervisorGone(this::kill);
            }
            if (!isBooted)
            {
                boot();
                isBooted = true;
            }
            else
            {
                domain.loop().poll(0);
                work();
            }
        }
        catch (final Killed e)
        {
            if (!isDoomed)
            {
                throw e;
            }
        }
        catch (final RuntimeException e)
        {
            if (!isHostile() && !isDoomed)
            {
                throw machine.failed(new AssertionError(name + " fails: " + e.getMessage(), e));
            }
            machine.trace().add(name + " fails: " + e.getMessage());
            isDoomed = true;
        }
        isRunning = false;
        if (isDoomed)
        {
            end();
        }
    }

    @Override
    public final int await(final long pollfds, final int count)
    {
        for (int i = 0; i < PATIENCE; i++)
        {
            checkAlive();
            final int ready = Poll.poll(pollfds, count, 0);
            if (ready > 0 && machine.random().nextInt(4) > 0)
            {
                return ready;
            }
            machine.innerStep();
        }

        throw new AssertionError(name + " waits for ever");
    }

    /** To be called wherever it can be killed in the middle of its turn. */
    final void checkAlive()
    {
        if (isDoomed && domain != null)
        {
            throw new Killed(name);
        }
    }

    private void end()
    {
        if (!isDead)
        {
            isDead = true;
            machine.trace().add(name + " is dead");
            if (domain != null)
            {
                domain.close();
            }
            else
            {
                Unistd.close(connectionFd);
            }
            onEnd();
            machine.onDead(this);
        }
    }

    @Override
    public String toString()
    {
        return name;
    }
}
