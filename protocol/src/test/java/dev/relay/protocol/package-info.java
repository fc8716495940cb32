@NullMarked
package dev.relay.protocol;

import org.jspecify.annotations.NullMarked;
