package org.skerry.tests.sim;

/** Ends the code of a process that was killed while it waited. */
final class Killed extends Error
{
    private static final long serialVersionUID = 1L;

    Killed(final String name)
    {
        super(name, null, false, false);
    }
}
