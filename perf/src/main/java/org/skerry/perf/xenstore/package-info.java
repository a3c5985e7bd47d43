/**
 * {@code xenperf xenstore}: the same raw clients against any xenstored, ours and others, row by row; start at
 * {@link org.skerry.perf.xenstore.StoreCommand}. What a server spends is read from its process, so that figures hold
 * on a machine that is busy with other things.
 */
package org.skerry.perf.xenstore;
