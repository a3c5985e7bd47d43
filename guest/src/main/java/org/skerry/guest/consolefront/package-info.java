/**
 * The guest's end of its console. {@link org.skerry.guest.consolefront.Consolefront} puts a bounded queue before the
 * page of {@link org.skerry.wire.ring.ConsoleRing}, so that a kernel can print without waiting and without losing a
 * byte while somebody serves the page, and can go on when nobody does.
 */
package org.skerry.guest.consolefront;
