@NullMarked
package dev.relay.daemon;

import org.jspecify.annotations.NullMarked;
