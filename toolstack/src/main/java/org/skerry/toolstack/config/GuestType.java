package org.skerry.toolstack.config;

/**
 * Kinds of guest a config can ask for.
 */
public enum GuestType
{
    /** A paravirtual kernel: a jar of ours. */
    PV,
    /** An unmodified kernel with paravirtual devices, in a virtual machine of the CPU. */
    PVH
}
