/**
 * Frames and where they live. A {@link org.skerry.kernel.memory.PhysicalMemory} is the memory of one domain: a sealed
 * file, the windows that show parts of it to others, and the table that says in which of them each frame is at home.
 * {@link org.skerry.kernel.memory.MemoryLedger} keeps the sum of all within the host's memory.
 */
package org.skerry.kernel.memory;
