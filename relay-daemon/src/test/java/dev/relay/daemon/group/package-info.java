@NullMarked
package dev.relay.daemon.group;

import org.jspecify.annotations.NullMarked;
