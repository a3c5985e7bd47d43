/**
 * The host as Domain-0 runs it: {@link org.skerry.toolstack.host.SkerryHost} starts the hypervisor and the service
 * domains, builds and ends guests. It is what all commands work on. {@link org.skerry.toolstack.host.Domctl} is its way
 * to the hypervisor, {@link org.skerry.toolstack.host.HostDomain} what it knows of one domain.
 */
package org.skerry.toolstack.host;
