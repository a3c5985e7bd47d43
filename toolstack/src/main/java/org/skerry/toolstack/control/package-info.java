/**
 * The socket between a command and Domain-0. A {@link org.skerry.toolstack.control.ControlServer} hands each command to
 * a {@link org.skerry.toolstack.control.CommandHandler} on a thread of its own; a
 * {@link org.skerry.toolstack.control.ControlClient} sends one and shows what comes back. Messages:
 * wire-schema/src/main/sbe/management.xml.
 */
package org.skerry.toolstack.control;
