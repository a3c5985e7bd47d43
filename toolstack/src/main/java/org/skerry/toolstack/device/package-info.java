/**
 * Virtual devices as a config asks for them ({@link org.skerry.toolstack.device.DiskSpec},
 * {@link org.skerry.toolstack.device.VifSpec}), as they are laid out in xenstore
 * ({@link org.skerry.toolstack.device.DeviceNodes}), and as they are found there
 * ({@link org.skerry.toolstack.device.VbdInfo}, {@link org.skerry.toolstack.device.VifInfo}).
 * Syntax: xl-disk-configuration(5), xl-network-configuration(5). Layout: xenstore-paths(7).
 */
package org.skerry.toolstack.device;
