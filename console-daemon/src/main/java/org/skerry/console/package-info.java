/**
 * The console daemon: the domain that holds the other end of every guest's console page, remembers the last bytes of
 * each, and lets one client at a time type to it. A {@link org.skerry.console.GuestConsole} is one page, a
 * {@link org.skerry.console.ClientSession} one client; they meet in {@link org.skerry.console.ConsoleServer}. Start at
 * {@link org.skerry.console.ConsoleDomain}. Page: {@code console.xml} of the wire schema.
 */
package org.skerry.console;
