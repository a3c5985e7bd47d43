/**
 * A guest whose kernel is a shell on its console: the smallest system in which every device of a guest can be touched
 * by hand. {@link org.skerry.examples.shell.Shell} is the kernel's entry,
 * {@link org.skerry.examples.shell.ShellSession} the conversation, {@link org.skerry.examples.shell.CommandTable} what
 * can be said in it.
 * <p>
 * One thread does everything, so nothing may wait: a command is a {@link org.skerry.examples.shell.Job}, a small state
 * machine that the event loop moves on, while the network goes on answering.
 */
package org.skerry.examples.shell;
