/**
 * Who may do what. There is one rule so far, {@link org.skerry.kernel.policy.Privilege}.
 */
package org.skerry.kernel.policy;
