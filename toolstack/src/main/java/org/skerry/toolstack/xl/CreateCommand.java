package org.skerry.toolstack.xl;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.skerry.toolstack.CreateOptions;
import org.skerry.toolstack.ToolstackException;
import org.skerry.toolstack.config.Config;
import org.skerry.toolstack.config.ConfigParser;
import org.skerry.toolstack.config.DomainConfig;
import org.skerry.toolstack.config.DomainConfigReader;
import org.skerry.toolstack.config.ReadContext;
import org.skerry.toolstack.device.VifDefaults;
import org.skerry.wire.Domid;
import org.skerry.wire.ShutdownReason;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code xl create}. */
@Command(name = "create")
final class CreateCommand implements Callable<Integer>
{
    private static final Path CONFIG_DIRECTORY = Path.of("/etc/xen");
    private static final List<String> SUFFIXES = List.of("", ".cfg", ".xm");

    private final Invocation invocation;
    private final VifDefaults vifDefaults;

    @Option(names = "-c")
    private boolean console;
    @Option(names = "-p")
    private boolean paused;
    @Option(names = {"-q", "--quiet"})
    private boolean quiet;
    @Option(names = {"-n", "--dryrun"})
    private boolean dryRun;
    @Option(names = {"-f", "--defconfig"}, paramLabel = "FILE")
    private String configFile;
    @Option(names = "-F")
    private boolean foreground;
    @Option(names = "-e")
    private boolean unattended;
    @Option(names = "-d")
    private boolean debug;
    @Parameters(paramLabel = "<ConfigFile|key=value>")
    private List<String> parameters = new ArrayList<>();

    CreateCommand(final Invocation invocation, final VifDefaults vifDefaults)
    {
        this.invocation = invocation;
        this.vifDefaults = vifDefaults;
    }

    @Override
    public Integer call() throws InterruptedException
    {
        final DomainConfigReader.Result read = read();
        final DomainConfig config = read.domain();
        if (!quiet)
        {
            read.notices().forEach(notice -> invocation.err().println(notice));
        }
        if (dryRun || invocation.dryRun())
        {
            DomainJson.write(invocation.out(), null, config);
            return 0;
        }
        if (debug)
        {
            DomainJson.write(invocation.err(), null, config);
        }

        final Domid domid = create(config);
        if (invocation.dialect() == Dialect.XM && !quiet)
        {
            invocation.out().println("Started domain " + config.name() + " (id=" + domid + ")");
        }
        if (console)
        {
            ConsoleCommand.attach(invocation, invocation.host().consoleOf(domid, 0),
                ConsoleCommand.DEFAULT_ESCAPE, false);
        }
        else if (foreground)
        {
            awaitEnd(domid, config.name());
        }

        return 0;
    }

    private Domid create(final DomainConfig config)
    {
        try (StatusLine progress = new StatusLine(invocation.session(), quiet))
        {
            return invocation.host().create(config, new CreateOptions(paused, !unattended), progress);
        }
    }

    private DomainConfigReader.Result read()
    {
        final List<String> overrides = new ArrayList<>();
        for (final String parameter : parameters)
        {
            if (parameter.indexOf('=') >= 0)
            {
                overrides.add(parameter);
            }
            else if (configFile == null)
            {
                configFile = parameter;
            }
            else
            {
                throw new ToolstackException("two config files: " + configFile + " and " + parameter,
                    ToolstackException.EXIT_USAGE);
            }
        }
        if (configFile == null)
        {
            throw new ToolstackException("'" + invocation.dialect().program() +
                " create' requires a config file", ToolstackException.EXIT_USAGE);
        }

        final Path path = find();
        final byte[] sent = invocation.session().file(configFile);
        if (!quiet)
        {
            if (invocation.dialect() == Dialect.XM)
            {
                invocation.out().println("Using config file \"" + configFile + "\".");
            }
            else
            {
                invocation.err().println("Parsing config from " + configFile);
            }
        }

        final Config config = sent != null ?
            ConfigParser.parse(configFile, sent) : ConfigParser.parse(configFile, path);
        for (int i = 0; i < overrides.size(); i++)
        {
            ConfigParser.override(config, overrides.get(i), i + 1);
        }

        return DomainConfigReader.read(config, context(path));
    }

    private ReadContext context(final Path path)
    {
        final List<Path> searchDirectories = new ArrayList<>();
        if (path.getParent() != null)
        {
            searchDirectories.add(path.getParent());
        }
        searchDirectories.addAll(invocation.kernelDirectories());

        return new ReadContext(invocation.session().workingDirectory(), searchDirectories, vifDefaults,
            new SecureRandom(), invocation.dialect() == Dialect.XM);
    }

    /** Where the user is, else in the directory of config files; the name that was found is the one that is told. */
    private Path find()
    {
        final Path here = invocation.session().workingDirectory().resolve(configFile).normalize();
        if (!Files.exists(here) && configFile.indexOf('/') < 0)
        {
            for (final String suffix : SUFFIXES)
            {
                final Path other = CONFIG_DIRECTORY.resolve(configFile + suffix);
                if (Files.isRegularFile(other))
                {
                    configFile = other.toString();
                    return other;
                }
            }
        }

        return here;
    }

    private void awaitEnd(final Domid domid, final String name) throws InterruptedException
    {
        invocation.err().println("Waiting for domain " + name + " (domid " + domid + ") to die");
        final ShutdownReason reason = invocation.host().awaitShutdown(domid);
        if (reason != null)
        {
            invocation.err().println("Domain " + domid + " has shut down, reason code " + reason.code() + " 0x" +
                Integer.toHexString(reason.code()));
        }
        if (!unattended)
        {
            invocation.host().awaitGone(domid);
        }
    }
}
