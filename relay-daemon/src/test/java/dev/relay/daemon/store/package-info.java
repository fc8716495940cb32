@NullMarked
package dev.relay.daemon.store;

import org.jspecify.annotations.NullMarked;
