/** The heart of the daemon: accepts, delivers at once, stores in parallel, gives receipts. One core thread; no sockets, no SQL. */
@NullMarked
package dev.relay.daemon.routing;

import org.jspecify.annotations.NullMarked;
