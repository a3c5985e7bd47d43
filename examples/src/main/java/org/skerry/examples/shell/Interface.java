package org.skerry.examples.shell;

import java.util.function.BooleanSupplier;

import org.skerry.examples.net.IpStack;

/**
 * A network interface as the commands use it.
 *
 * @param name    {@code eth0} for vif 0.
 * @param stack   the station behind it.
 * @param carrier whether a backend takes our frames now.
 */
record Interface(String name, IpStack stack, BooleanSupplier carrier)
{
}
