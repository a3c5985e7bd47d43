/**
 * The Linux calls that Skerry makes, and the only place where Java calls into C. One class stands for one C header and
 * has its name; constants have C's names; a call answers what the kernel answers: zero or more on success, the
 * <em>negative</em> errno otherwise ({@link org.skerry.wire.Errno#nameOf(long)} tells its name). Nothing here throws
 * for what the kernel refuses. EINTR comes through except where a method says that it is retried.
 *
 * <p>All system calls go through one downcall handle for {@code syscall(2)}: a process that makes its first call pays
 * for linking one handle, not one per function. Which number a method uses is in its Javadoc where it is not the
 * method's own name, so that the author of a seccomp profile knows what to allow. Numbers and struct layouts are those
 * of x86_64; the numbers stand in {@link org.skerry.wire.linux.SyscallNumbers}.
 *
 * <p>Every method may be called from any thread. Memory is passed as a plain address that the caller keeps alive.
 * Calls that wait pin a virtual thread to its carrier: wait on platform threads.
 */
package org.skerry.wire.linux;
