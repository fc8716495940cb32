/** Sockets of the daemon: Netty on one loop, which is the core thread. The only package that knows Netty's Unix sockets. */
@NullMarked
package dev.relay.daemon.transport;

import org.jspecify.annotations.NullMarked;
