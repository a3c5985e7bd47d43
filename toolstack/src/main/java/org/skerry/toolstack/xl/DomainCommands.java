package org.skerry.toolstack.xl;

import java.util.concurrent.Callable;
import org.skerry.toolstack.DomainInfo;
import org.skerry.toolstack.ToolstackException;
import org.skerry.wire.Domid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Commands that do one thing with one domain.
 */
final class DomainCommands
{
    private DomainCommands()
    {
    }

    /** {@code xl destroy}. */
    @Command(name = "destroy")
    static final class Destroy implements Callable<Integer>
    {
        private final Invocation invocation;

        @Option(names = "-f")
        private boolean force;
        @Parameters(arity = "1", paramLabel = "<Domain>")
        private String name;

        Destroy(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            final Domid domid = invocation.domain(name).domid();
            if (domid.equals(Domid.DOM0))
            {
                throw new ToolstackException(force ? "Domain-0 is ended by 'skerry down', with the whole host" :
                    "Not destroying domain 0; use -f to force.");
            }

            invocation.host().destroy(domid);
            return 0;
        }
    }

    /** {@code xl pause}. */
    @Command(name = "pause")
    static final class Pause implements Callable<Integer>
    {
        private final Invocation invocation;

        @Parameters(arity = "1", paramLabel = "<Domain>")
        private String name;

        Pause(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            invocation.host().pause(invocation.domain(name).domid());
            return 0;
        }
    }

    /** {@code xl unpause}. */
    @Command(name = "unpause")
    static final class Unpause implements Callable<Integer>
    {
        private final Invocation invocation;

        @Parameters(arity = "1", paramLabel = "<Domain>")
        private String name;

        Unpause(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            invocation.host().unpause(invocation.domain(name).domid());
            return 0;
        }
    }

    /** {@code xl domid}. */
    @Command(name = "domid")
    static final class DomidOf implements Callable<Integer>
    {
        private final Invocation invocation;

        @Parameters(arity = "1", paramLabel = "<DomainName>")
        private String name;

        DomidOf(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            final DomainInfo domain = invocation.host().find(name);
            if (domain == null || !domain.name().equals(name) && !domain.uuid().toString().equals(name))
            {
                throw new ToolstackException("Can't get domid of domain name '" + name +
                    "', maybe this domain does not exist.");
            }

            invocation.out().println(domain.domid());
            return 0;
        }
    }

    /** {@code xl domname}. */
    @Command(name = "domname")
    static final class NameOf implements Callable<Integer>
    {
        private final Invocation invocation;

        @Parameters(arity = "1", paramLabel = "<DomainId>")
        private String id;

        NameOf(final Invocation invocation)
        {
            this.invocation = invocation;
        }

        @Override
        public Integer call()
        {
            if (!id.matches("[0-9]+"))
            {
                throw new ToolstackException("Invalid domain id.");
            }

            final DomainInfo domain = invocation.host().find(id);
            if (domain == null)
            {
                throw new ToolstackException("Can't get domain name of domain id '" + id +
                    "', maybe this domain does not exist.");
            }

            invocation.out().println(domain.name());
            return 0;
        }
    }
}
