/**
 * What a PVH guest finds in its memory when its first instruction runs: the unpacked kernel, the initrd, ACPI tables,
 * memory map, command line and start_info.
 * <p>Spec: docs/misc/pvh.pandoc, start_info.h, the ACPI specification.
 */
package org.skerry.pvh.image;
