package org.skerry.netback;

/** Wakes the other end of a device. */
@FunctionalInterface
interface Bell
{
    /** Ring once. Never blocks. */
    void ring();
}
