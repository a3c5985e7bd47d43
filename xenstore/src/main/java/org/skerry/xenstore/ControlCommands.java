package org.skerry.xenstore;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsWire;

/**
 * What a privileged client may ask of the daemon itself: the commands of CONTROL, as {@code xenstore-control} sends
 * them, and the quotas.
 *
 * <p>Spec: docs/misc/xenstore.txt, CONTROL, GET_QUOTA, SET_QUOTA; layout of the answers as C's.
 */
final class ControlCommands
{
    private final Store store;
    private final StoreReports reports;
    private final HistoryCommands history;

    ControlCommands(final Store store)
    {
        this.store = store;
        this.reports = new StoreReports(store);
        this.history = new HistoryCommands(store);
    }

    XsReply execute(final Caller by, final String command, final List<String> parameters) throws XsException
    {
        return switch (command)
        {
            case "check" -> check();
            case "counters" -> counters(parameters);
            case "history" -> history.execute(parameters);
            case "leftovers" -> leftovers(by, parameters);
            case "log" -> log(parameters);
            case "live-update" -> liveUpdate(parameters);
            case "memreport" -> XsReply.text(reports.memory());
            case "print" -> print(parameters);
            case "quota" -> quota(parameters, false);
            case "quota-soft" -> quota(parameters, true);
            case "subtree" -> new XsReply.Parts(Subtree.of(store.tree(), parameters));
            case "help" -> help();
            default -> throw XsException.of(Errno.EINVAL);
        };
    }

    /** @param domid -1: what new domains get. */
    XsReply getQuota(final int domid, final String name) throws XsException
    {
        if (name == null)
        {
            return XsReply.text(Stream.of(Quota.values()).map(Quota::text).collect(Collectors.joining(" ")));
        }

        final KnownDomain domain = domid < 0 ? null : domain(domid);
        final Quota quota = quota(name);
        final int limit = domain == null ? store.domains().limitOfNewDomains(quota) : domain.limit(quota);
        return XsReply.text(Integer.toString(limit));
    }

    /** @param domid -1: what new domains get. */
    XsReply setQuota(final int domid, final String name, final int value) throws XsException
    {
        final KnownDomain domain = domid < 0 ? null : domain(domid);
        final Quota quota = quota(name);

        if (domain == null)
        {
            store.domains().limitOfNewDomains(quota, value);
        }
        else
        {
            store.domains().limit(domain, quota, value);
        }

        return XsReply.OK;
    }

    private KnownDomain domain(final int domid) throws XsException
    {
        final KnownDomain domain = store.domains().findExisting(domid);

        if (domain == null)
        {
            throw XsException.of(Errno.ENOENT);
        }

        return domain;
    }

    private static Quota quota(final String name) throws XsException
    {
        final Quota quota = Quota.ofText(name);

        if (quota == null)
        {
            throw XsException.of(Errno.EINVAL);
        }

        return quota;
    }

    /** Counts all nodes and compares with the accounts, which are kept change by change. */
    private XsReply check() throws XsException
    {
        final Tree tree = store.tree();
        final Tree[] rest = {tree};
        final int[] nodeCount = {0};
        Tree.walk(XenstorePath.ROOT, tree.root(), (path, node) ->
        {
            nodeCount[0]++;
            rest[0] = rest[0].charge(node.permissions().owner(), -1, -node.accountedLength());
            return true;
        });
        final boolean isSound = rest[0].accounts().isEmpty() && nodeCount[0] == tree.root().nodeCount();
        store.log().print("checked: nodes=" + nodeCount[0] + ", watches=" + store.watchCount() +
            (isSound ? "" : ", accounts are wrong"));

        if (!isSound)
        {
            throw XsException.of(Errno.EIO);
        }

        return XsReply.OK;
    }

    private XsReply log(final List<String> parameters) throws XsException
    {
        if (parameters.isEmpty())
        {
            final StringBuilder text = new StringBuilder("Log switch settings:\n");
            store.log().switches().forEach(
                (name, isOn) -> text.append(String.format(Locale.ROOT, "%-8s: %s%n", name, isOn ? "on" : "off")));
            return XsReply.text(text.toString());
        }

        final String parameter = parameters.getFirst();
        final boolean isKnown = parameters.size() == 1 && switch (parameter)
        {
            case "on", "off" ->
            {
                store.log().turn(parameter.equals("on"));
                yield true;
            }
            default -> (parameter.startsWith("+") || parameter.startsWith("-")) &&
                store.log().set(parameter.substring(1), parameter.startsWith("+"));
        };

        if (!isKnown)
        {
            throw XsException.of(Errno.EINVAL);
        }

        return XsReply.OK;
    }

    /**
     * What {@code xenstore-control} sends one after the other: abort, file, command line, start. File and command line
     * are not ours to choose: Domain-0 starts the next process with the jars that it has. Our own tool sends it all at
     * once.
     */
    private XsReply liveUpdate(final List<String> parameters) throws XsException
    {
        final String first = parameters.isEmpty() ? "" : parameters.getFirst();
        final boolean isPrepared = first.equals("-a") && parameters.size() == 1 ||
            (first.equals("-f") || first.equals("-c")) && parameters.size() == 2;

        if (isPrepared)
        {
            return XsReply.text("OK");
        }
        if (parameters.isEmpty() || first.equals("-b") || first.equals("-d"))
        {
            throw XsException.of(Errno.EINVAL);
        }
        if (!store.canGoOn())
        {
            return XsReply.text("What this store has would not outlive its process.");
        }
        if (store.openTransactionCount() > 0 && !parameters.contains("-F"))
        {
            return XsReply.text("BUSY");
        }

        store.log().print("live update: transactions=" + store.openTransactionCount());
        store.goOnElsewhere();
        return XsReply.text("OK");
    }

    private XsReply counters(final List<String> parameters) throws XsException
    {
        final int domid = parameters.size() == 1 ? Decimal.domid(parameters.getFirst()) : -1;

        if (!parameters.isEmpty() && domid < 0)
        {
            throw XsException.of(Errno.EINVAL);
        }

        return XsReply.text(domid < 0 ? reports.counters() : reports.counters(domid));
    }

    /** List what domains that are gone have left, as much as fits a message; or remove all of it. */
    private XsReply leftovers(final Caller by, final List<String> parameters) throws XsException
    {
        final boolean isRemoval = parameters.equals(List.of("remove"));

        if (!parameters.isEmpty() && !isRemoval)
        {
            throw XsException.of(Errno.EINVAL);
        }

        final List<String> paths = Leftovers.of(store.tree(), store.domains());

        if (isRemoval)
        {
            store.remove(by, paths);
            store.log().print("leftovers removed: paths=" + paths.size());
        }

        final StringBuilder text = new StringBuilder();

        for (final String path : paths)
        {
            if (text.length() + path.length() + 2 > XsWire.PAYLOAD_MAX)
            {
                break;
            }

            text.append(path).append('\n');
        }

        return XsReply.text(text.toString());
    }

    private XsReply print(final List<String> parameters) throws XsException
    {
        if (parameters.size() != 1)
        {
            throw XsException.of(Errno.EINVAL);
        }

        store.log().print("control: " + parameters.getFirst());
        return XsReply.OK;
    }

    private XsReply quota(final List<String> parameters, final boolean isSoft) throws XsException
    {
        if (parameters.isEmpty())
        {
            final StringBuilder text = new StringBuilder("Quota settings:\n");

            for (final Quota quota : Quota.values())
            {
                if (quota.isSoft() == isSoft)
                {
                    text.append(String.format(Locale.ROOT, "%-17s: %8d %s%n", quota.plainText(),
                        store.domains().limitOfNewDomains(quota), quota.description()));
                }
            }

            return XsReply.text(text.toString());
        }

        if (parameters.size() == 1 && Decimal.domid(parameters.getFirst()) >= 0)
        {
            return XsReply.text(reports.usage(Decimal.domid(parameters.getFirst())));
        }

        final int value = parameters.size() == 3 ? Decimal.number(parameters.get(2)) : -1;

        if (!parameters.getFirst().equals("set") || value < 1)
        {
            throw XsException.of(Errno.EINVAL);
        }

        return setQuota(-1, (isSoft ? "soft-" : "") + parameters.get(1), value);
    }

    private static XsReply help()
    {
        final StringBuilder text = new StringBuilder();
        Stream.of(
            "check", "counters [<domid>]", "history [limit <bytes>|since ...]",
            "leftovers [remove]",
            "live-update [-c <cmdline>] [-F] [-t <timeout>] <file>", "log [on|off|+<switch>|-<switch>]", "memreport",
            "print <string>", "quota [set <name> <val>|<domid>]", "quota-soft [set <name> <val>]",
            "help").forEach(line ->
            {
                final String[] words = line.split(" ", 2);
                text.append(String.format(Locale.ROOT, "%-15s %s%n", words[0], words.length > 1 ? words[1] : ""));
            });
        return XsReply.text(text.toString());
    }
}
