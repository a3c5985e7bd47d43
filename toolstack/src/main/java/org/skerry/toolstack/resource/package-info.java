/**
 * What a domain's process may take of the machine: its share of the CPUs, where it may run, how much memory and how
 * many tasks. A {@link org.skerry.toolstack.resource.HostResources} belongs to a host and admits every process to a
 * {@link org.skerry.toolstack.resource.DomainResources} of its own. The Linux underneath is a control group where we
 * may make one ({@link org.skerry.toolstack.resource.CgroupScheduler}, of either version), else nice values and a duty
 * cycle ({@link org.skerry.toolstack.resource.NiceScheduler}).
 */
package org.skerry.toolstack.resource;
