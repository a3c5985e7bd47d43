/**
 * What a Linux guest is booted from, made of stock Debian packages without being root: a kernel with its modules, an
 * initial ram disk, an ext4 image. Enter at {@link org.skerry.toolstack.image.ImageCommand}. All that a
 * distribution has a program for is left to that program ({@link org.skerry.toolstack.image.StockProgram}).
 */
package org.skerry.toolstack.image;
