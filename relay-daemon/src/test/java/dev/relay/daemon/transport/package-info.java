@NullMarked
package dev.relay.daemon.transport;

import org.jspecify.annotations.NullMarked;
