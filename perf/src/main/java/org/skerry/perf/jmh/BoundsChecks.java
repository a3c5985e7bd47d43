package org.skerry.perf.jmh;

/**
 * Agrona decides when its classes load whether it checks bounds, so each choice needs processes of its own.
 */
final class BoundsChecks
{
    /** Flag of processes without checks. */
    static final String OFF = "-Dagrona.disable.bounds.checks=true";

    private BoundsChecks()
    {
    }
}
