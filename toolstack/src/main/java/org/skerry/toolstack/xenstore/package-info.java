/**
 * The xenstore-* programs, the stock ones' equals in options, output and exit status: thin clients of the store's unix
 * socket. They live for some milliseconds, so they read and write with what the JDK has, on one thread. Text is a
 * string of bytes here: each char is one byte, as the shell gave it and as the store keeps it.
 */
package org.skerry.toolstack.xenstore;
