/**
 * Grants of pages. A {@link org.skerry.kernel.grant.GrantTable} is what a domain says it grants, read with suspicion;
 * {@link org.skerry.kernel.grant.MapTrack} is what a domain has mapped of others. The operations that join the two
 * stand in {@code org.skerry.kernel.hypercall}.
 */
package org.skerry.kernel.grant;
