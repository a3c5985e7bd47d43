/**
 * The toolstack as a library: what Domain-0 can do for whoever gives commands. {@link org.skerry.toolstack.Host} is the
 * whole of it; the commands of {@code xl} hold no logic of their own and call nothing else. Config files are read in
 * {@link org.skerry.toolstack.config}, devices are described in {@link org.skerry.toolstack.device}, and the socket
 * between a command and Domain-0 is {@link org.skerry.toolstack.control}.
 */
package org.skerry.toolstack;
