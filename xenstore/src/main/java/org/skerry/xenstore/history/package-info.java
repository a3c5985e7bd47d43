/**
 * What a store was: changes of nodes in a ring of bytes, who made each, when, from what to what. Begin with
 * {@link org.skerry.xenstore.history.History}. Knows bytes and numbers only; what a node is others say.
 */
package org.skerry.xenstore.history;
