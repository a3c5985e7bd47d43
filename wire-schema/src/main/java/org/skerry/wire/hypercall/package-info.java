/**
 * What a domain and the hypervisor say to each other: codecs generated from {@code src/main/sbe/hypercall.xml}, which
 * is the specification, and the numbers that the schema leaves to Xen's headers. Read the schema first.
 */
package org.skerry.wire.hypercall;
