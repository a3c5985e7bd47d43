package org.skerry.toolstack;

import org.skerry.toolstack.resource.CpuSet;

/**
 * A virtual CPU of a domain at one moment. Those of a Java domain are a promise of how many CPUs it uses, not threads
 * of their own: they all run where one of them may, and share the domain's CPU time evenly.
 *
 * @param number    from 0.
 * @param online    it may be used.
 * @param cpu       of the machine that it ran on last.
 * @param state     as of its domain.
 * @param cpuTimeNs its part.
 * @param hard      where it may run.
 * @param soft      where its owner would like it to run; Linux makes no use of it.
 */
public record VcpuInfo(
    int number, boolean online, int cpu, DomainInfo.State state, long cpuTimeNs, CpuSet hard, CpuSet soft)
{
}
