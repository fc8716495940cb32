/** Sockets and HTTP of the sidecar: a WebSocket client on a given event loop, an asynchronous REST client, reconnect delays. */
@NullMarked
package dev.relay.sidecar.net;

import org.jspecify.annotations.NullMarked;
