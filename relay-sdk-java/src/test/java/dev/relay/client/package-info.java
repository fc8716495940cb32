@NullMarked
package dev.relay.client;

import org.jspecify.annotations.NullMarked;
