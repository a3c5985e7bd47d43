/**
 * What each kind of process gives up for good, before it reads the first byte that another domain controls. It is the
 * inner of two walls: the outer one (namespaces or Landlock) stands around the process from its first instruction.
 */
package org.skerry.wire.confinement;
