package org.skerry.toolstack.xl;

import java.io.IOException;
import org.skerry.toolstack.RunDirectory;
import org.skerry.toolstack.control.ControlServer;

/** A Domain-0 without domains, in a process of its own: it echoes commands until one says down. */
final class LittleDomain0
{
    private LittleDomain0()
    {
    }

    public static void main(final String[] args) throws IOException
    {
        System.out.println("about to listen");
        ControlServer.open(RunDirectory.ofEnvironment().controlSocket(), session ->
        {
            session.out().println(session.argv());
            if (session.argv().contains("down"))
            {
                session.endServer((int)ProcessHandle.current().pid());
            }
            return 0;
        }).run();
    }
}
