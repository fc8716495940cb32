@NullMarked
package dev.relay.daemon.access;

import org.jspecify.annotations.NullMarked;
