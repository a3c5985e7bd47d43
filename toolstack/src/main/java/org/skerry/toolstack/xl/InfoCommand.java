package org.skerry.toolstack.xl;

import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.skerry.toolstack.NearestName;
import org.skerry.toolstack.ToolstackException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code xl info}. */
@Command(name = "info")
final class InfoCommand implements Callable<Integer>
{
    private static final List<String> XM_KEYS = List.of("host", "release", "version", "machine", "nr_cpus", "nr_nodes",
        "sockets_per_node", "cores_per_socket", "threads_per_core", "cpu_mhz", "hw_caps", "total_memory",
        "free_memory", "xen_major", "xen_minor", "xen_extra", "xen_caps", "xen_scheduler", "xen_pagesize",
        "platform_params", "xen_changeset", "cc_compiler", "cc_compile_by", "cc_compile_domain", "cc_compile_date",
        "xend_config_format");

    private final Invocation invocation;

    @Parameters(arity = "0..1", paramLabel = "<key>")
    private String key;

    InfoCommand(final Invocation invocation)
    {
        this.invocation = invocation;
    }

    @Override
    public Integer call()
    {
        final SequencedMap<String, String> info = invocation.host().info();
        if (key != null)
        {
            if (!info.containsKey(key))
            {
                throw new ToolstackException("no such key of info: '" + key + "'" +
                    NearestName.hint(key, info.keySet()));
            }
            invocation.out().println(info.get(key));
        }
        else if (invocation.dialect() == Dialect.XM)
        {
            info.putIfAbsent("sockets_per_node", socketsPerNode(info));
            XM_KEYS.forEach(each -> print(each, info.get(each)));
        }
        else
        {
            info.forEach(this::print);
        }

        return 0;
    }

    private void print(final String name, final String value)
    {
        if (value != null)
        {
            invocation.out().println(String.format(Locale.ROOT, "%-23s: %s", name, value));
        }
    }

    private static String socketsPerNode(final SequencedMap<String, String> info)
    {
        final int perSocket = number(info, "cores_per_socket") * number(info, "threads_per_core");
        return Integer.toString(Math.max(1, number(info, "nr_cpus") / (perSocket * number(info, "nr_nodes"))));
    }

    private static int number(final SequencedMap<String, String> info, final String name)
    {
        final String text = info.getOrDefault(name, "1");
        return text.matches("[1-9][0-9]{0,6}") ? Integer.parseInt(text) : 1;
    }
}
