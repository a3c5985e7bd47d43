package org.skerry.tests.sim;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

import org.agrona.collections.IntHashSet;
import org.skerry.kernel.Hypervisor;
import org.skerry.kernel.domain.KernelDomain;
import org.skerry.wire.linux.SysSocket;

/**
 * The host. {@link #run} is all there is to it: chaos for a number of steps, then calm until everybody has what it
 * waits for, then the end of all domains; and the books are right after each step.
 */
final class Machine implements AutoCloseable
{
    /** Memory of all domains together. */
    static final int TOTAL_FRAMES = 16_384;

    private static final int DOM0_FRAMES = 64;
    private static final int CALM_STEPS = 30_000;
    private static final int MAX_STEP_NS = 200_000;
    private static final long SEED_MIXER = 0x9E3779B97F4A7C15L;      // neighbouring seeds begin alike

    private final Random random;
    private final Trace trace = new Trace();
    private final VirtualClock clock = new VirtualClock();
    private final PrintStream stderr = System.err;
    private final Hypervisor hypervisor;
    private final Accounts accounts;
    private final Rewriter rewriter;
    private final List<Actor> actors = new ArrayList<>();
    private final List<Actor> runnable = new ArrayList<>();
    private final Domain0 dom0;
    private final IntHashSet hostileDomids = new IntHashSet();
    private final IntHashSet hostileGuests = new IntHashSet();
    private final SharedNodes nodes = new SharedNodes();
    private final boolean hasHostile;
    private AssertionError failure;
    private Runnable onStep = () -> {};
    private boolean isCalm;
    private boolean isEnding;
    private long stepCount;

    /**
     * @param seed      decides everything.
     * @param directory for the store's socket and the images of disks.
     */
    Machine(final long seed, final Path directory)
    {
        random = new Random(seed * SEED_MIXER);
        hasHostile = random.nextBoolean();
        System.setErr(trace.asStream());
        final long pair = SysSocket.socketpair(
            SysSocket.AF_UNIX, SysSocket.SOCK_SEQPACKET | SysSocket.SOCK_CLOEXEC);
        hypervisor = new Hypervisor(
            TOTAL_FRAMES, SysSocket.first(pair), new KernelDomain.Details(
                "Domain-0", "", DOM0_FRAMES, DOM0_FRAMES, 1, 1, 64, 1), clock);
        accounts = new Accounts(hypervisor, this::isHonest);
        rewriter = new Rewriter(hypervisor, random, trace);
        dom0 = new Domain0(this, directory);
        spawn(dom0, SysSocket.second(pair));
    }

    Random random()
    {
        return random;
    }

    Trace trace()
    {
        return trace;
    }

    VirtualClock clock()
    {
        return clock;
    }

    Hypervisor hypervisor()
    {
        return hypervisor;
    }

    /** @return the nodes that all guests share. */
    SharedNodes nodes()
    {
        return nodes;
    }

    /** @return whether there is a hostile guest in this run. */
    boolean hasHostile()
    {
        return hasHostile;
    }

    /** @return whether that domain does nothing that no honest domain would. */
    boolean isHonest(final int domid)
    {
        return !hostileDomids.contains(domid);
    }

    /** @return whether that guest does nothing that no honest guest would. */
    boolean isHonestGuest(final int number)
    {
        return !hostileGuests.contains(number);
    }

    /** A domain was built; its number may have been another's before. */
    void onBuilt(final Actor actor, final int domid)
    {
        hostileDomids.remove(domid);
        if (actor instanceof final Guest guest && guest.isHostile())
        {
            hostileDomids.add(domid);
            hostileGuests.add(guest.number());
            rewriter.onBuilt(guest, domid);
        }
    }

    /** @return the processes that there are. */
    List<Actor> actors()
    {
        return List.copyOf(actors);
    }

    Domain0 dom0()
    {
        return dom0;
    }

    Accounts accounts()
    {
        return accounts;
    }

    /** @return steps so far, those inside of others included. */
    long stepCount()
    {
        return stepCount;
    }

    /** @return whether no process is killed any more, and everybody is to come to an end with what it has begun. */
    boolean isCalm()
    {
        return isCalm;
    }

    /** @return whether Domain-0 is to build nothing new. */
    boolean isEnding()
    {
        return isEnding;
    }

    /** A process has been started. */
    void spawn(final Actor actor, final int connectionFd)
    {
        trace.add("spawn " + actor.name());
        actor.connection(connectionFd);
        actors.add(actor);
    }

    void onDead(final Actor actor)
    {
        actors.remove(actor);
    }

    void run(final int steps)
    {
        while (!dom0.isBooted())
        {
            step();
        }
        for (int i = 0; i < steps; i++)
        {
            perturb();
            step();
        }

        isCalm = true;
        actors.stream().filter(Actor::isHostile).toList().forEach(Actor::kill);
        settle(() -> actors.stream().allMatch(Actor::isContent));
        isEnding = true;
        dom0.endAll();
        settle(() -> actors.size() == 1 && dom0.isContent());
        accounts.checkAllGone(DOM0_FRAMES);
    }

    private void settle(final BooleanSupplier isDone)
    {
        for (int i = 0; i < CALM_STEPS; i++)
        {
            if (isDone.getAsBoolean())
            {
                return;
            }
            step();
        }

        throw new AssertionError("not settled: " + actors.stream().map(Actor::state).toList());
    }

    /** A process waits in the middle of its turn. */
    void innerStep()
    {
        if (dom0.isBooted())
        {
            perturb();
        }
        step();
    }

    /** One turn of the kernel or of a process, and the books after it. */
    private void step()
    {
        if (failure != null)
        {
            throw failure;                      // somebody tidies up on its way out
        }
        stepCount++;
        clock.advance(random.nextInt(MAX_STEP_NS));
        runnable.clear();
        boolean isStoreWaiting = false;
        for (final Actor actor : actors)
        {
            isStoreWaiting |= actor.isRunning() && !actor.needsStore();
        }
        isStoreWaiting |= dom0.isInHypercall() && !dom0.hasStore();     // nobody could start it
        for (final Actor actor : actors)
        {
            final boolean isBusy = actor.isRunning() || actor == dom0 && dom0.isInHypercall();
            if (!isBusy && !(isStoreWaiting && actor.needsStore()))
            {
                runnable.add(actor);
            }
        }

        final int dice = random.nextInt(runnable.size() * 2 + 2);
        if (dice > runnable.size())
        {
            hypervisor.doWork(0);
        }
        else if (dice == runnable.size())
        {
            dom0.workBeside();
        }
        else if (!runnable.get(dice).isAsleep())
        {
            final Actor actor = runnable.get(dice);
            trace.add(actor.name());
            actor.turn();
        }
        onStep.run();
        check();
    }

    /**
     * Have something done at every step, inside of turns too, until the end.
     *
     * @param trouble may do what only a bug would.
     */
    void onStep(final Runnable trouble)
    {
        onStep = trouble;
    }

    private void check()
    {
        try
        {
            accounts.check();
        }
        catch (final AssertionError e)
        {
            throw failed(e);
        }
    }

    /** @return what ends the run, also when somebody in whose turn it happened would not let it through. */
    AssertionError failed(final AssertionError e)
    {
        failure = e;
        return e;
    }

    private void perturb()
    {
        if (isCalm)
        {
            return;
        }
        for (final Actor actor : actors)
        {
            if (actor.isHostile() && actor.isBooted() && random.nextInt(8) == 0)
            {
                rewriter.rewrite(actor);
            }
        }
        final int dice = random.nextInt(2_000);
        if (dice < 100)
        {
            actors.get(random.nextInt(actors.size())).sleep(random.nextInt(50));
        }
        else if (dice < 102)
        {
            kill(actors.get(random.nextInt(actors.size())));
        }
    }

    /** A place in the middle of a turn where an actor is killed once in so many times. */
    void mayKill(final Actor actor, final int rarity)
    {
        if (!isCalm && random.nextInt(rarity) == 0)
        {
            kill(actor);
        }
        actor.checkAlive();
    }

    private void kill(final Actor victim)
    {
        final boolean isNeeded = !victim.needsStore() && dom0.isInHypercall() &&
            actors.stream().anyMatch(actor -> actor != dom0 && actor.isRunning() && actor.needsStore());
        if (victim.isMortal() && !isNeeded)                      // nobody could start another xenstore
        {
            trace.add("kill " + (victim.isRunning() ? "in its turn " : "") + victim.name());
            victim.kill();
        }
    }

    @Override
    public void close()
    {
        try
        {
            new ArrayList<>(actors).forEach(Actor::abandon);
            hypervisor.close();
        }
        finally
        {
            System.setErr(stderr);
        }
    }
}
