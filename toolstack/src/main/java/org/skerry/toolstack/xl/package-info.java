/**
 * The commands. {@link org.skerry.toolstack.xl.Xl} is the program a user starts: it finds Domain-0, sends what was
 * typed and shows what comes back. {@link org.skerry.toolstack.xl.XlCommands} carries commands out inside Domain-0, one
 * class a command, and holds no logic beyond words and columns: all it does, it asks of a
 * {@link org.skerry.toolstack.Host}. What concerns the host itself ({@code skerry up}, {@code doctor}) the program does
 * without it.
 */
package org.skerry.toolstack.xl;
