/**
 * Domains as the kernel keeps them: {@link org.skerry.kernel.domain.KernelDomain} is all that one has, its
 * {@link org.skerry.kernel.domain.Connection} is who it is, {@link org.skerry.kernel.domain.DomainTable} is all of
 * them.
 */
package org.skerry.kernel.domain;
