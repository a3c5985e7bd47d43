/**
 * Grants as a domain has them, from both sides: {@link org.skerry.guest.grant.GrantTable} is what we grant,
 * {@link org.skerry.guest.grant.ForeignGrants} what others granted to us. A page that lives long (a ring, a persistent
 * buffer) comes from a {@link org.skerry.guest.grant.GrantPool} and is mapped; all that is short-lived is copied.
 */
package org.skerry.guest.grant;
