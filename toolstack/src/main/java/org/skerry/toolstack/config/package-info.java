/**
 * Config files of xl and xm. {@link org.skerry.toolstack.config.ConfigParser} turns text into a tree that knows where
 * each value stands; {@link org.skerry.toolstack.config.DomainConfigReader} turns the tree into a
 * {@link org.skerry.toolstack.config.DomainConfig}, or says in one line {@code file:line:column: message} why it
 * cannot. Syntax: xl.cfg(5).
 */
package org.skerry.toolstack.config;
