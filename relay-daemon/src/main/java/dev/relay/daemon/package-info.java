/** The daemon: {@link dev.relay.daemon.RelayDaemon} wires it and holds no logic. */
@NullMarked
package dev.relay.daemon;

import org.jspecify.annotations.NullMarked;
