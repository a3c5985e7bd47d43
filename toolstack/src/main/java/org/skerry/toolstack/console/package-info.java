/**
 * The client of {@code xl console}: {@link org.skerry.toolstack.console.ConsoleClient} joins the terminal it runs in
 * with a console of a guest, over the console domain's socket.
 */
package org.skerry.toolstack.console;
