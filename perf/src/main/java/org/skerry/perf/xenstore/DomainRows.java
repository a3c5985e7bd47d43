package org.skerry.perf.xenstore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.skerry.wire.xs.XsOp;

/** Rows of virtual machines that are made, as a toolstack makes them: 61 nodes and 22 permissions in a transaction. */
final class DomainRows
{
    private static final int FIRST = 1;
    private static final int SAMPLE = 20;
    private static final int WATCH_COUNT = 8;
    private static final double NS_PER_MS = 1e6;

    private final int domainCount;

    /** @param domainCount made one after another. */
    DomainRows(final int domainCount)
    {
        this.domainCount = domainCount;
    }

    List<Row> rows()
    {
        return List.of(
            new Row("VM creation, no watches", server -> creation(server, 0, false)),
            new Row("VM creation, 8 watches and a connection each", server -> creation(server, WATCH_COUNT, false)),
            new Row("VM creation, idle rings", true, server -> creation(server, 0, true)),
            new Row("VM creation, 1 toolstack", server -> parallel(server, 1)),
            new Row("VM creation, 8 toolstacks", server -> parallel(server, 8)));
    }

    private List<Figure> creation(final StoreServer server, final int watches, final boolean hasRings)
    {
        final List<StoreLink> watchers = new ArrayList<>();
        final double[] ms = new double[domainCount];
        final double[] cpuMs = new double[domainCount];

        try (StoreLink toolstack = server.connect())
        {
            create(server, toolstack, domainCount + 1, SAMPLE);   // what is not of the first one's price

            for (int i = 0; i < domainCount; i++)
            {
                final long startCpuNs = server.cpuNs();
                final long startNs = System.nanoTime();
                create(server, toolstack, FIRST + i, 1);
                ms[i] = (System.nanoTime() - startNs) / NS_PER_MS;
                cpuMs[i] = (server.cpuNs() - startCpuNs) / NS_PER_MS;

                if (hasRings)
                {
                    toolstack.must(XsOp.INTRODUCE, FIRST + i + "|0|1|");
                }
                if (watches > 0)
                {
                    watchers.add(watcher(server, FIRST + i, watches));
                }
            }

            return List.of(
                Figure.lower("first 20, ms", median(ms, 0)),
                Figure.lower("last 20, ms", median(ms, domainCount - SAMPLE)),
                Figure.lower("first 20, server CPU ms", median(cpuMs, 0)),
                Figure.lower("last 20, server CPU ms", median(cpuMs, domainCount - SAMPLE)));
        }
        finally
        {
            watchers.forEach(StoreLink::close);
            cleanUp(server, hasRings);
        }
    }

    private void cleanUp(final StoreServer server, final boolean hasRings)
    {
        try (StoreLink link = server.connect())
        {
            for (int i = 0; hasRings && i < domainCount; i++)
            {
                link.must(XsOp.RELEASE, FIRST + i + "|");
            }

            for (final String top : List.of("/local", "/vm", "/libxl"))
            {
                link.ask(XsOp.RM, top + '|');
            }
        }
    }

    private static StoreLink watcher(final StoreServer server, final int domid, final int count)
    {
        final StoreLink link = server.connect();

        for (int i = 0; i < count; i++)
        {
            link.must(XsOp.WATCH, "/local/domain/" + domid + "/device/vbd/" + i + "|token|");
        }

        return link;
    }

    private static void create(final StoreServer server, final StoreLink link, final int firstDomid, final int count)
    {
        final Toolstack toolstack = new Toolstack(firstDomid, 1);
        new Load(server, List.of(link), List.of(toolstack), 1).run(60, count);
    }

    private List<Figure> parallel(final StoreServer server, final int toolstackCount)
    {
        final List<StoreLink> links = server.connect(toolstackCount);

        try
        {
            final List<Toolstack> toolstacks = new ArrayList<>();

            for (int i = 0; i < toolstackCount; i++)
            {
                toolstacks.add(new Toolstack(FIRST + i, toolstackCount));
            }

            final Load load = new Load(server, links, toolstacks, 1);
            final Load.Run run = load.run(30, Math.max(domainCount / 2, 1));
            final long attempts = toolstacks.stream().mapToLong(Toolstack::attemptCount).sum();
            final long conflicts = toolstacks.stream().mapToLong(Toolstack::conflictCount).sum();
            return List.of(
                Figure.higher("domains/s", run.unitsPerS()),
                Figure.lower("EAGAIN, %", 100.0 * conflicts / attempts),
                Figure.lower("worst domain, ms", run.latencies().getMaxValue() / NS_PER_MS),
                Figure.lower("server CPU, ms/domain", run.cpuUs() / 1e3));
        }
        finally
        {
            links.forEach(StoreLink::close);
            cleanUp(server, false);
        }
    }

    private static double median(final double[] values, final int from)
    {
        final double[] sorted = Arrays.copyOfRange(values, from, from + SAMPLE);
        Arrays.sort(sorted);
        return sorted[SAMPLE / 2];
    }

    /** Makes domain after domain. */
    private static final class Toolstack extends Scripts.InTransaction
    {
        private final int step;
        private int domid;

        Toolstack(final int firstDomid, final int step)
        {
            super(null);
            this.domid = firstDomid - step;
            this.step = step;
        }

        @Override
        List<Scripts.Step> nextSteps()
        {
            domid += step;
            return stepsOf(domid);
        }

        private static List<Scripts.Step> stepsOf(final int domid)
        {
            final List<Scripts.Step> steps = new ArrayList<>();
            final String home = "/local/domain/" + domid;
            final String vm = "/vm/00000000-0000-0000-0000-" + domid;
            final String guest = "|n" + domid + '|';

            for (final String name : List.of("", "/control", "/control/shutdown", "/device", "/device/suspend",
                "/device/suspend/event-channel", "/error", "/data", "/attr", "/drivers", "/feature"))
            {
                steps.add(Scripts.Step.of(XsOp.WRITE, home + name + '|'));
                steps.add(Scripts.Step.of(XsOp.SET_PERMS, home + name + guest));
            }

            for (final String name : List.of("/vm", "/name", "/domid", "/cpu/0/availability", "/memory/target",
                "/memory/static-max", "/memory/videoram", "/store/port", "/store/ring-ref", "/console/port",
                "/console/ring-ref", "/console/type", "/platform/acpi"))
            {
                steps.add(Scripts.Step.of(XsOp.WRITE, home + name + "|value"));
            }

            for (final String name : List.of("/name", "/uuid", "/image/ostype", "/image/kernel", "/start_time"))
            {
                steps.add(Scripts.Step.of(XsOp.WRITE, vm + name + "|value"));
            }

            steps.add(Scripts.Step.of(XsOp.WRITE, "/libxl/" + domid + "/type|pvh"));
            device(steps, domid, "vbd/51712");
            device(steps, domid, "vif/0");
            return steps;
        }

        private static void device(final List<Scripts.Step> steps, final int domid, final String name)
        {
            final String front = "/local/domain/" + domid + "/device/" + name;
            final String back = "/local/domain/0/backend/" + name.replace("/", "/" + domid + '/');

            for (final String node : List.of("", "/backend", "/backend-id", "/state", "/handle"))
            {
                steps.add(Scripts.Step.of(XsOp.WRITE, front + node + "|value"));
                steps.add(Scripts.Step.of(XsOp.SET_PERMS, front + node + "|n" + domid + "|r0|"));
            }

            for (final String node : List.of("", "/frontend", "/frontend-id", "/online", "/state", "/params", "/mode",
                "/type", "/bootable", "/script", "/handle"))
            {
                steps.add(Scripts.Step.of(XsOp.WRITE, back + node + "|value"));
            }

            steps.add(Scripts.Step.of(XsOp.SET_PERMS, back + "|n0|r" + domid + '|'));
        }
    }
}
